import { toHex } from '../base/bytes.ts'
import { decode } from '../base/reader.ts'
import { ByteWriter, compactSizeLength } from '../base/writer.ts'
import type { HistoryQuery, ScriptEvent, TransactionPlace } from '../ports/chain.ts'
import type { StoreWrite } from '../ports/store.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { HASH_BYTES, hashIdBytes, toHashId } from '../primitives/hash.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import type { TxOutput } from '../primitives/transaction.ts'
import { isUnspendable } from '../script/templates.ts'
import { damaged } from './damage.ts'
import { historyKey, historyPrefix, placeOfHistoryKey, prefixRange } from './keyspace.ts'
import type { StoreReader } from './overlay-store.ts'

/** A `ScriptEvent` without what its key says. */
type HistoryRecord = Omit<ScriptEvent, keyof TransactionPlace>

function encodeHistory({ txid, block, received, sent }: HistoryRecord): Uint8Array {
  return new ByteWriter(2 * HASH_BYTES + compactSizeLength(received) + compactSizeLength(sent))
    .bytes(hashIdBytes(txid))
    .bytes(hashIdBytes(block))
    .compactSize(received)
    .compactSize(sent)
    .finish()
}

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

/** The history records of a block, one for each script in each of its transactions. */
export function* historyWrites({ entry, block, undo }: ConnectedBlock): Iterable<StoreWrite> {
  let spent = 0
  for (const [position, { txid, inputs, outputs }] of block.transactions.entries()) {
    const changes = new Map<string, { scriptPubKey: Uint8Array; received: number; sent: number }>()
    const changeOf = ({ scriptPubKey }: TxOutput) => {
      const key = toHex(scriptPubKey)
      const change = changes.get(key) ?? { scriptPubKey, received: 0, sent: 0 }
      changes.set(key, change)
      return change
    }
    // The coinbase spends nothing.
    if (position > 0) for (const _ of inputs) changeOf(undo[spent]!).sent += undo[spent++]!.value
    for (const output of outputs)
      if (!isUnspendable(output.scriptPubKey)) changeOf(output).received += output.value
    for (const { scriptPubKey, received, sent } of changes.values())
      yield {
        key: historyKey(scriptPubKey, { height: entry.height, position }),
        value: encodeHistory({ txid, block: block.hash, received, sent }),
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
