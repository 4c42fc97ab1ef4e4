import { equalBytes, toHex } from '../base/bytes.ts'
import { putBytes, putCompactSize } from '../base/little-endian.ts'
import { decode } from '../base/reader.ts'
import { slabAllocator } from '../base/slab.ts'
import { compactSizeLength } from '../base/writer.ts'
import type { HistoryQuery, ScriptEvent, TransactionPlace } from '../ports/chain.ts'
import type { StoreWrite } from '../ports/store.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { HASH_BYTES, hashIdBytes, toHashId, writeHashId } from '../primitives/hash.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import { isUnspendable } from '../script/templates.ts'
import { damaged } from './damage.ts'
import { historyKey, historyPrefix, placeOfHistoryKey, prefixRange } from './keyspace.ts'
import type { StoreReader } from './overlay-store.ts'

/** A `ScriptEvent` without what its key says. */
type HistoryRecord = Omit<ScriptEvent, keyof TransactionPlace>

export function decodeHistory(bytes: Uint8Array): HistoryRecord {
  const record = decode<HistoryRecord>(bytes, (reader) => ({
    txid: toHashId(reader.take(HASH_BYTES)),
    block: toHashId(reader.take(HASH_BYTES)),
    received: reader.compactSize(MAX_MONEY),
    sent: reader.compactSize(MAX_MONEY),
  }))
  return record.ok ? record.value : damaged('history', { cause: record.error })
}

/** A block that is connected, where, and the coins that it spends, in its order. */
export interface ConnectedBlock {
  readonly entry: { readonly height: number }
  readonly block: Block
  readonly undo: readonly Coin[]
}

/** What one transaction does to one script. */
interface Change {
  readonly scriptPubKey: Uint8Array
  received: number
  sent: number
}

/** Up to so many scripts are compared one by one, which is most transactions; beyond that they are looked up. */
const MAX_COMPARED = 8

/** The scripts of one transaction, each once. */
class Changes {
  readonly list: Change[] = []
  #byScript: Map<string, Change> | undefined

  of(scriptPubKey: Uint8Array): Change {
    const known = this.#find(scriptPubKey)
    if (known !== undefined) return known
    const change = { scriptPubKey, received: 0, sent: 0 }
    this.list.push(change)
    this.#byScript?.set(toHex(scriptPubKey), change)
    return change
  }

  #find(scriptPubKey: Uint8Array): Change | undefined {
    if (this.list.length > MAX_COMPARED)
      this.#byScript ??= new Map(this.list.map((change) => [toHex(change.scriptPubKey), change]))
    return this.#byScript === undefined
      ? this.list.find((change) => equalBytes(change.scriptPubKey, scriptPubKey))
      : this.#byScript.get(toHex(scriptPubKey))
  }
}

/** The history records of a block, one for each script in each of its transactions. */
export function* historyWrites({ entry, block, undo }: ConnectedBlock): Iterable<StoreWrite> {
  const allocate = slabAllocator()
  const blockBytes = hashIdBytes(block.hash)
  let spent = 0
  for (const [position, { txid, inputs, outputs }] of block.transactions.entries()) {
    const changes = new Changes()
    // The coinbase spends nothing.
    if (position > 0)
      for (const _ of inputs) {
        const { scriptPubKey, value } = undo[spent++]!
        changes.of(scriptPubKey).sent += value
      }
    for (const { scriptPubKey, value } of outputs)
      if (!isUnspendable(scriptPubKey)) changes.of(scriptPubKey).received += value
    const place = { height: entry.height, position }
    for (const { scriptPubKey, received, sent } of changes.list) {
      const amountBytes = compactSizeLength(received) + compactSizeLength(sent)
      const value = allocate(2 * HASH_BYTES + amountBytes)
      writeHashId(txid, value)
      const receivedAt = putBytes(value, HASH_BYTES, blockBytes)
      putCompactSize(value, putCompactSize(value, receivedAt, received), sent)
      yield { key: historyKey(scriptPubKey, place, allocate), value }
    }
  }
}

/** What is recorded of a script, the latest first; some of it in blocks that are not connected any more. */
export async function* readHistory(
  store: StoreReader,
  scriptPubKey: Uint8Array,
  before: HistoryQuery['before'],
): AsyncGenerator<ScriptEvent> {
  const { gte, lt } = prefixRange(historyPrefix(scriptPubKey))
  const end = before === undefined ? lt : historyKey(scriptPubKey, before)
  for await (const [key, value] of store.entries({ gte, lt: end, reverse: true }))
    yield { ...placeOfHistoryKey(key), ...decodeHistory(value) }
}
