import type { FeesView } from '../api/node-schemas.ts'
import type { BansView, BanView, PeersView } from '../api/peer-schemas.ts'
import type {
  BlockView,
  CoinsView,
  GeneratedView,
  MempoolView,
  MiningView,
  Problem,
  Status,
  SubmittedTransaction,
  SupplyView,
  TransactionView,
  VerdictView,
} from '../api/schemas.ts'
import { CairnError, errorMessage } from '../base/errors.ts'

/** The longest that an answer takes the node, and some more: milliseconds. */
const PATIENCE_MS = 40_000
const GENERATE_PATIENCE_MS = 90_000
const SUPPLY_PATIENCE_MS = 310_000
const VERDICT_PATIENCE_MS = 310_000

/** A node's HTTP API. Every method rejects with `node-unreachable`, or with the code of the node's refusal. */
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
  const headersFor = (body: unknown): Record<string, string> => ({
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  })

  async function call<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
    patience = PATIENCE_MS,
  ): Promise<T> {
    let status: number
    let text: string
    try {
      const response = await fetch(new URL(path, url), {
        method,
        signal: AbortSignal.timeout(patience),
        redirect: 'error',
        headers: headersFor(body),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      status = response.status
      text = await response.text()
    } catch (error) {
      const why = `no answer from ${url}: ${reasonOf(error)}`
      throw await explain(new CairnError('node-unreachable', why, { url }, error))
    }
    const answer = parse(text)
    if (status >= 200 && status < 300 && answer !== undefined) return answer as T
    throw refusal(url, status, answer)
  }
  const get = <T>(path: string, patience?: number) => call<T>('GET', path, undefined, patience)
  const post = <T>(path: string, body?: unknown, patience?: number) => call<T>('POST', path, body, patience)
  const part = encodeURIComponent

  return {
    url,
    status: () => get('/v1/status'),
    block: (hashOrHeight) => get(`/v1/blocks/${part(hashOrHeight)}`),
    judge: (hash, verdict) => post(`/v1/blocks/${part(hash)}/${verdict}`, undefined, VERDICT_PATIENCE_MS),
    transaction: (txid) => get(`/v1/transactions/${part(txid)}`),
    submit: (hex) => post('/v1/transactions', { hex }),
    mempool: (limit) => get(`/v1/mempool?limit=${limit}`),
    fees: () => get('/v1/fees'),
    coins: (addresses) => post('/v1/coins', { addresses }),
    peers: () => get('/v1/peers'),
    dial: (multiaddr) => post('/v1/peers', { multiaddr }),
    bans: () => get('/v1/bans'),
    ban: (peer, body) => post(`/v1/peers/${part(peer)}/ban`, body),
    unban: (peer) => call('DELETE', `/v1/bans/${part(peer)}`),
    mining: () => get('/v1/mining'),
    startMining: (address) => post('/v1/mining/start', { address }),
    stopMining: () => post('/v1/mining/stop'),
    generate: (address, blocks) => post('/v1/mining/generate', { address, blocks }, GENERATE_PATIENCE_MS),
    supply: () => get('/v1/supply', SUPPLY_PATIENCE_MS),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** fetch says "fetch failed" and keeps the reason for itself. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: unknown }
  if (name === 'TimeoutError') return 'it takes too long'
  const code = (cause as { code?: string } | undefined)?.code
  if (code === 'ECONNREFUSED') return 'nobody listens there'
  return cause === undefined ? errorMessage(error) : errorMessage(cause)
}

function refusal(url: string, status: number, answer: unknown): CairnError {
  const { code, detail, details } = (answer ?? {}) as Partial<Problem>
  if (typeof code === 'string' && typeof detail === 'string')
    return new CairnError(code, detail, { status, ...details })
  // Something else than a node has the port.
  return new CairnError('node-unreachable', `${url} is not the API of a Cairn node (it answered ${status})`, {
    url,
    status,
  })
}
