import { CairnError } from '../base/errors.ts'
import { ApiError, createClient } from '../client/client.ts'
import type {
  BansView,
  BanView,
  BlockView,
  CoinsView,
  FeesView,
  GeneratedView,
  HistoryView,
  MempoolView,
  MiningView,
  PeersView,
  Status,
  SubmittedTransaction,
  SupplyView,
  TransactionView,
  VerdictView,
} from '../client/views.ts'

/** The longest that an answer takes the node, and some more: milliseconds. */
const PATIENCE_MS = 40_000
const GENERATE_PATIENCE_MS = 90_000
const SUPPLY_PATIENCE_MS = 310_000
const VERDICT_PATIENCE_MS = 310_000

/**
 * What commands ask a node, with as much patience as each question takes. Every method rejects with `node-unreachable`,
 * or with the code of the node's refusal and its HTTP status among the details.
 */
export interface ApiClient {
  readonly url: string
  status(): Promise<Status>
  block(hashOrHeight: string): Promise<BlockView>
  /** @param verdict - `invalidate` or `reconsider` */
  judge(hash: string, verdict: 'invalidate' | 'reconsider'): Promise<VerdictView>
  transaction(txid: string): Promise<TransactionView>
  submit(hex: string): Promise<SubmittedTransaction>
  mempool(limit: number): Promise<MempoolView>
  /** What a payment should cost now. */
  fees(): Promise<FeesView>
  coins(addresses: readonly string[]): Promise<CoinsView>
  history(question: HistoryQuestion): Promise<HistoryView>
  peers(): Promise<PeersView>
  /** Connects to a multiaddr; resolves with who is there. */
  dial(multiaddr: string): Promise<{ readonly id: string }>
  bans(): Promise<BansView>
  ban(peer: string, body: { readonly seconds: number; readonly reason?: string }): Promise<BanView>
  unban(peer: string): Promise<{ readonly id: string }>
  mining(): Promise<MiningView>
  startMining(address: string): Promise<MiningView>
  stopMining(): Promise<MiningView>
  /** Fewer blocks than asked for where they take long; see the API. */
  generate(address: string, blocks: number): Promise<GeneratedView>
  supply(): Promise<SupplyView>
}

/** A page of what happened to some addresses together. */
export interface HistoryQuestion {
  readonly addresses: readonly string[]
  readonly limit: number
  /** `next` of the page before */
  readonly before?: string
}

export interface ApiClientOptions {
  /** the node's; without one only reading is allowed */
  readonly token?: string | undefined
  /** may know better why nobody answers */
  readonly explain?: (error: CairnError) => Promise<CairnError>
}

/** @param url - such as `http://127.0.0.1:9472` */
export function createApiClient(
  url: string,
  fetch: typeof globalThis.fetch,
  { token, explain = async (error) => error }: ApiClientOptions = {},
): ApiClient {
  const client = createClient(url, { token, timeoutMs: PATIENCE_MS, fetch: (request) => fetch(request) })

  async function told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const { status, code, message, details } = error
      if (status === undefined) throw await explain(error)
      throw new CairnError(code, message, { status, ...details }, error)
    }
  }

  return {
    url,
    status: () => told(client.get('/v1/status')),
    block: (hashOrHeight) =>
      told(client.get('/v1/blocks/{hashOrHeight}', { params: { path: { hashOrHeight } } })),
    judge: (hash, verdict) =>
      told(
        client.post(`/v1/blocks/{hash}/${verdict}`, {
          params: { path: { hash } },
          timeoutMs: VERDICT_PATIENCE_MS,
        }),
      ),
    transaction: (txid) => told(client.get('/v1/transactions/{txid}', { params: { path: { txid } } })),
    submit: (hex) => told(client.post('/v1/transactions', { body: { hex } })),
    mempool: (limit) => told(client.get('/v1/mempool', { params: { query: { limit: String(limit) } } })),
    fees: () => told(client.get('/v1/fees')),
    coins: (addresses) => told(client.post('/v1/coins', { body: { addresses } })),
    history: (body) => told(client.post('/v1/history', { body })),
    peers: () => told(client.get('/v1/peers')),
    dial: (multiaddr) => told(client.post('/v1/peers', { body: { multiaddr } })),
    bans: () => told(client.get('/v1/bans')),
    ban: (id, body) => told(client.post('/v1/peers/{id}/ban', { params: { path: { id } }, body })),
    unban: (id) => told(client.delete('/v1/bans/{id}', { params: { path: { id } } })),
    mining: () => told(client.get('/v1/mining')),
    startMining: (address) => told(client.post('/v1/mining/start', { body: { address } })),
    stopMining: () => told(client.post('/v1/mining/stop')),
    generate: (address, blocks) =>
      told(
        client.post('/v1/mining/generate', { body: { address, blocks }, timeoutMs: GENERATE_PATIENCE_MS }),
      ),
    supply: () => told(client.get('/v1/supply', { timeoutMs: SUPPLY_PATIENCE_MS })),
  }
}
