import { equalBytes } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import { slabAllocator } from '../base/slab.ts'
import type { HistoryQuery, ScriptEvent } from '../ports/chain.ts'
import type { Store, StoreWrite } from '../ports/store.ts'
import { type Block, decodeBlock } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { BlockHash, Txid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import { type CoinQuestions, checkAddressIndex, createCoinQuestions, readCoins } from './coin-questions.ts'
import { decodeUndo, encodeCoin, encodeUndo } from './coin-records.ts'
import { damaged } from './damage.ts'
import {
  decodeHash,
  decodeHeaderRecord,
  encodeHash,
  encodeHeaderRecord,
  type HeaderRecord,
} from './header-records.ts'
import { type ConnectedBlock, historyWrites, readHistory } from './history-records.ts'
import {
  ALL_HEADERS,
  addressKey,
  blockKey,
  coinKey,
  headerKey,
  metaKey,
  type RawOutPoint,
  SCHEMA_VERSION,
  transactionKey,
  undoKey,
} from './keyspace.ts'
import { createOverlayStore } from './overlay-store.ts'

/** Which of the two optional indexes are kept. */
export interface IndexOptions {
  /** coins and history by script */
  readonly addresses: boolean
  /** blocks by transaction */
  readonly transactions: boolean
}

/** What is written of blocks as they arrive and connect. Coins are not: they follow in a flush. */
export interface BlockWrites {
  readonly headers?: Iterable<HeaderRecord>
  readonly bodies?: Iterable<Block>
  /** undo data, the transaction index, and the history of the address index */
  readonly connected?: Iterable<ConnectedBlock>
  /** the connected tip from then on, where it moves */
  readonly tip?: BlockHash
  /** blocks whose bodies and undo data are dropped */
  readonly pruned?: Iterable<BlockHash>
}

/** A coin that is there from now on, or not any more. Where many are listed, each is good until the next one. */
export interface CoinWrite {
  readonly outPoint: RawOutPoint
  readonly coin: Coin
  readonly spent: boolean
}

/** Blocks, coins and headers in a store. */
export interface ChainStore extends CoinQuestions {
  /**
   * Prepares an empty store for the network, or checks that it is the network's.
   * @returns all headers, the tip as of which the coins are stored, and the one that was connected last: at or ahead
   * of it
   */
  open(
    networkId: string,
    genesis: HeaderRecord,
    body: Block,
  ): Promise<{ headers: HeaderRecord[]; tip: BlockHash; best: BlockHash }>
  blockBytes(hash: BlockHash): Promise<Uint8Array | undefined>
  /** The block, or undefined where no body of it is stored. */
  findBlock(hash: BlockHash): Promise<Block | undefined>
  /** The block of which a body is known to be stored. */
  block(hash: BlockHash): Promise<Block>
  undo(hash: BlockHash): Promise<Coin[]>
  coins(outPoints: readonly OutPoint[]): Promise<(Coin | undefined)[]>
  /** The answers as they would be after a flush; nothing may be written meanwhile. */
  withCoins(coins: Iterable<CoinWrite>, tip: BlockHash): CoinQuestions
  transactionBlock(txid: Txid): Promise<BlockHash | undefined>
  /**
   * What is recorded of a script, the latest first; some of it in blocks that are not connected any more.
   * @throws CairnError `address-index-off`
   */
  scriptHistory(scriptPubKey: Uint8Array, before: HistoryQuery['before']): AsyncIterable<ScriptEvent>
  /** One atomic batch. */
  saveBlocks(writes: BlockWrites, options: { readonly sync: boolean }): Promise<void>
  /** One atomic batch that takes the stored coins from one tip to another. */
  flushCoins(coins: Iterable<CoinWrite>, tip: BlockHash, options: { readonly sync: boolean }): Promise<void>
}

/** What to do where a store was made with other settings. */
const ADVICE = {
  schema: 'use the version of Cairn that made it, or run `cairn reindex`',
  network: 'use another one, or the network that it is of',
  indexes:
    'use --no-address-index and --no-transaction-index as then, or run `cairn reindex` with the new settings',
} as const

const EMPTY = new Uint8Array(0)
const text = new TextEncoder()

export function createChainStore(store: Store, indexes: IndexOptions): ChainStore {
  async function checkMeta(name: keyof typeof ADVICE, wanted: string): Promise<void> {
    const stored = await store.get(metaKey(name))
    if (stored === undefined) return damaged(`meta ${name} is missing`)
    if (equalBytes(stored, text.encode(wanted))) return
    const found = new TextDecoder().decode(stored)
    throw new CairnError(
      `${name}-mismatch`,
      `the data directory was made with ${name} ${found}, not ${wanted}: ${ADVICE[name]}`,
      { found, wanted },
    )
  }

  const chainStore: ChainStore = {
    ...createCoinQuestions(store, indexes),

    async open(networkId, genesis, body) {
      const { addresses, transactions } = indexes
      const meta = {
        schema: String(SCHEMA_VERSION),
        network: networkId,
        indexes: JSON.stringify({ addresses, transactions }),
      }
      const tip = await store.get(metaKey('tip'))
      if (tip === undefined) {
        for await (const _ of store.entries({ ...ALL_HEADERS, limit: 1 })) damaged('no tip beside headers')
        const writes = [
          ...blockWrites(
            {
              headers: [genesis],
              bodies: [body],
              connected: [{ entry: genesis, block: body, undo: [] }],
              tip: body.hash,
            },
            indexes,
          ),
          { key: metaKey('tip'), value: encodeHash(body.hash) },
        ]
        for (const [name, value] of Object.entries(meta))
          writes.push({ key: metaKey(name as keyof typeof meta), value: text.encode(value) })
        await store.batch(writes, { sync: true })
        return { headers: [genesis], tip: body.hash, best: body.hash }
      }
      for (const [name, value] of Object.entries(meta)) await checkMeta(name as keyof typeof meta, value)
      const headers: HeaderRecord[] = []
      for await (const [, value] of store.entries(ALL_HEADERS)) headers.push(decodeHeaderRecord(value))
      const best = (await store.get(metaKey('best'))) ?? damaged('meta best is missing')
      return { headers, tip: decodeHash(tip), best: decodeHash(best) }
    },

    blockBytes: (hash) => store.get(blockKey(hash)),

    async findBlock(hash) {
      const bytes = await store.get(blockKey(hash))
      if (bytes === undefined) return undefined
      const block = decodeBlock(bytes)
      return block.ok ? block.value : damaged(`body of block ${hash}`, { cause: block.error })
    },

    async block(hash) {
      return (await chainStore.findBlock(hash)) ?? damaged(`body of block ${hash} is missing`)
    },

    async undo(hash) {
      const bytes = await store.get(undoKey(hash))
      return bytes === undefined ? damaged(`undo data of block ${hash} is missing`) : decodeUndo(bytes)
    },

    coins: (outPoints) => readCoins(store, outPoints),

    withCoins: (coins, tip) =>
      createCoinQuestions(createOverlayStore(store, coinWrites(coins, tip, indexes)), indexes),

    async transactionBlock(txid) {
      if (!indexes.transactions)
        throw new CairnError('transaction-index-off', 'this node keeps no index of transactions')
      const value = await store.get(transactionKey(txid))
      return value && decodeHash(value)
    },

    scriptHistory(scriptPubKey, before) {
      checkAddressIndex(indexes)
      return readHistory(store, scriptPubKey, before)
    },

    saveBlocks: (writes, { sync }) => store.batch(blockWrites(writes, indexes), { sync }),

    flushCoins: (coins, tip, { sync }) => store.batch(coinWrites(coins, tip, indexes), { sync }),
  }
  return chainStore
}

function* blockWrites(
  { headers = [], bodies = [], connected = [], pruned = [], tip }: BlockWrites,
  indexes: IndexOptions,
): Iterable<StoreWrite> {
  for (const record of headers)
    yield { key: headerKey(record.header.hash), value: encodeHeaderRecord(record) }
  for (const block of bodies) yield { key: blockKey(block.hash), value: block.bytes }
  for (const each of connected) {
    const { block, undo } = each
    yield { key: undoKey(block.hash), value: encodeUndo(undo) }
    if (indexes.addresses) yield* historyWrites(each)
    if (!indexes.transactions) continue
    const hash = encodeHash(block.hash)
    for (const tx of block.transactions) yield { key: transactionKey(tx.txid), value: hash }
  }
  if (tip !== undefined) yield { key: metaKey('best'), value: encodeHash(tip) }
  for (const hash of pruned) {
    yield { key: blockKey(hash), value: undefined }
    yield { key: undoKey(hash), value: undefined }
  }
}

function* coinWrites(
  coins: Iterable<CoinWrite>,
  tip: BlockHash,
  indexes: IndexOptions,
): Iterable<StoreWrite> {
  const allocate = slabAllocator()
  for (const { outPoint, coin, spent } of coins) {
    yield { key: coinKey(outPoint, allocate), value: spent ? undefined : encodeCoin(coin, allocate) }
    if (indexes.addresses)
      yield { key: addressKey(coin.scriptPubKey, outPoint), value: spent ? undefined : EMPTY }
  }
  yield { key: metaKey('tip'), value: encodeHash(tip) }
}
