import { concatBytes } from '../base/bytes.ts'
import { putBytes } from '../base/little-endian.ts'
import { type Allocate, newBytes } from '../base/slab.ts'
import type { TransactionPlace } from '../ports/chain.ts'
import { HASH_BYTES, type HashId, toHashId, writeHashId } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'

/*
 * The whole schema. A key is one letter and what follows it; numbers in keys are big-endian so that they sort, hashes
 * stand in the order in which they are hashed. Every value ends in a checksum (checked-store.ts).
 *
 *   key                              value
 *   h <hash 32>                      header record (header-records.ts): header, height, schedule, status
 *   b <hash 32>                      block in consensus bytes
 *   u <hash 32>                      undo data: the coins that the block spent, in its order
 *   c <txid 32> <vout u32>           coin: height and coinbase flag, value, script
 *   t <txid 32>                      hash of the block that holds the transaction, the one connected last if it was
 *                                    in several; whether that is still connected is for the reader to ask   (transaction index)
 *   a <script> <txid 32> <vout u32>  empty: a coin of that script, length first               (address index)
 *   s <script> <height u32> <position u32>
 *                                    history record (history-records.ts): what the transaction at that position of the
 *                                    block, the one connected last at that height, gave to and took from the script;
 *                                    whether the block is still connected is for the reader to ask   (address index)
 *   m <name>                         meta: schema, network, indexes; tip: the block as of which the coins are stored;
 *                                    best: the connected tip, at or ahead of it
 */
const PREFIX = {
  header: 0x68,
  block: 0x62,
  undo: 0x75,
  coin: 0x63,
  transaction: 0x74,
  address: 0x61,
  history: 0x73,
  meta: 0x6d,
} as const

export type RecordKind = keyof typeof PREFIX

const KINDS = new Map(Object.entries(PREFIX).map(([kind, letter]) => [letter as number, kind as RecordKind]))

/** What a key is the key of; undefined where it is none of ours. Only the first letter is looked at. */
export const kindOfKey = (key: Uint8Array): RecordKind | undefined => KINDS.get(key[0] ?? -1)

/** The hash in the key of a header, a block, undo data or a transaction; undefined where the key has another length. */
export const hashOfKey = <T extends HashId>(key: Uint8Array): T | undefined =>
  key.length === 1 + HASH_BYTES ? toHashId<T>(key, 1) : undefined

/** Raised whenever old data could no longer be read right. */
export const SCHEMA_VERSION = 3

const OUTPOINT_BYTES = HASH_BYTES + 4

function hashKey(prefix: number, id: HashId): Uint8Array {
  const key = new Uint8Array(1 + HASH_BYTES)
  key[0] = prefix
  writeHashId(id, key, 1)
  return key
}

/** An outpoint whose txid is the 32 bytes themselves, as in keys and in the coins cache. */
export interface RawOutPoint {
  readonly txid: Uint8Array
  readonly vout: number
}

function writeOutPointKey(key: Uint8Array, at: number, { txid, vout }: OutPoint | RawOutPoint): void {
  if (typeof txid === 'string') writeHashId(txid, key, at)
  else putBytes(key, at, txid)
  putBigEndian(key, at + HASH_BYTES, vout)
}

function putBigEndian(key: Uint8Array, at: number, value: number): void {
  key[at] = value >>> 24
  key[at + 1] = value >>> 16
  key[at + 2] = value >>> 8
  key[at + 3] = value
}

export const headerKey = (hash: HashId): Uint8Array => hashKey(PREFIX.header, hash)
export const blockKey = (hash: HashId): Uint8Array => hashKey(PREFIX.block, hash)
export const undoKey = (hash: HashId): Uint8Array => hashKey(PREFIX.undo, hash)
export const transactionKey = (txid: HashId): Uint8Array => hashKey(PREFIX.transaction, txid)

export function coinKey(outPoint: OutPoint | RawOutPoint, allocate: Allocate = newBytes): Uint8Array {
  const key = allocate(1 + OUTPOINT_BYTES)
  key[0] = PREFIX.coin
  writeOutPointKey(key, 1, outPoint)
  return key
}

export function addressKey(scriptPubKey: Uint8Array, outPoint: OutPoint | RawOutPoint): Uint8Array {
  const start = addressPrefix(scriptPubKey)
  const key = new Uint8Array(start.length + OUTPOINT_BYTES)
  key.set(start)
  writeOutPointKey(key, start.length, outPoint)
  return key
}

/** The least key above this one. */
export const keyAfter = (key: Uint8Array): Uint8Array => concatBytes(key, Uint8Array.of(0))

/** What the keys of all coins of one script begin with. */
export const addressPrefix = (scriptPubKey: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(PREFIX.address, scriptPubKey.length), scriptPubKey)

/** What the keys of the history of one script begin with. */
export const historyPrefix = (scriptPubKey: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(PREFIX.history, scriptPubKey.length), scriptPubKey)

const PLACE_BYTES = 8

export function historyKey(
  scriptPubKey: Uint8Array,
  { height, position }: TransactionPlace,
  allocate: Allocate = newBytes,
): Uint8Array {
  const key = allocate(2 + scriptPubKey.length + PLACE_BYTES)
  key[0] = PREFIX.history
  key[1] = scriptPubKey.length
  const at = putBytes(key, 2, scriptPubKey)
  putBigEndian(key, at, height)
  putBigEndian(key, at + 4, position)
  return key
}

/** The place in the last bytes of a key of the history. */
export function placeOfHistoryKey(key: Uint8Array): TransactionPlace {
  const view = new DataView(key.buffer, key.byteOffset + key.length - PLACE_BYTES, PLACE_BYTES)
  return { height: view.getUint32(0), position: view.getUint32(4) }
}

/** Whether a key that begins as one of the history goes on as one: with a script and a place. */
export const isHistoryKey = (key: Uint8Array): boolean =>
  key.length >= 2 && key.length === 2 + key[1]! + PLACE_BYTES

export type MetaName = 'schema' | 'network' | 'tip' | 'best' | 'indexes'

export const metaKey = (name: MetaName): Uint8Array =>
  concatBytes(Uint8Array.of(PREFIX.meta), new TextEncoder().encode(name))

export const isCoinKey = (key: Uint8Array): boolean => key.length === 1 + OUTPOINT_BYTES

/** Whether a key that begins as one of the address index goes on as one: with a script and an outpoint. */
export const isAddressKey = (key: Uint8Array): boolean =>
  key.length >= 2 && key.length === 2 + key[1]! + OUTPOINT_BYTES

/** The script in such a key, as a view. */
export const scriptOfAddressKey = (key: Uint8Array): Uint8Array =>
  key.subarray(2, key.length - OUTPOINT_BYTES)

/** The outpoint in the last bytes of a coin's or an address index's key. */
export function outPointOfKey(key: Uint8Array): RawOutPoint {
  const at = key.length - OUTPOINT_BYTES
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  return { txid: key.subarray(at, at + HASH_BYTES), vout: view.getUint32(at + HASH_BYTES) }
}

/** All keys that begin with `start`. */
export function prefixRange(start: Uint8Array): { gte: Uint8Array; lt: Uint8Array } {
  const lt = start.slice()
  for (let i = lt.length - 1; i >= 0; i--) {
    if (lt[i] !== 0xff) {
      lt[i]! += 1
      return { gte: start, lt: lt.subarray(0, i + 1) }
    }
  }
  throw new RangeError('no key follows a prefix of only 0xff')
}

export const ALL_HEADERS = prefixRange(Uint8Array.of(PREFIX.header))
export const ALL_BLOCKS = prefixRange(Uint8Array.of(PREFIX.block))
export const ALL_META = prefixRange(Uint8Array.of(PREFIX.meta))
export const ALL_COINS = prefixRange(Uint8Array.of(PREFIX.coin))
export const ALL_ADDRESSES = prefixRange(Uint8Array.of(PREFIX.address))
export const ALL_HISTORY = prefixRange(Uint8Array.of(PREFIX.history))
export const ALL_TRANSACTIONS = prefixRange(Uint8Array.of(PREFIX.transaction))
/** Every key there is; none begins with 0xff. */
export const ALL_KEYS = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff) }

export const metaName = (key: Uint8Array): string => new TextDecoder().decode(key.subarray(1))
