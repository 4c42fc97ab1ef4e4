import { equalBytes } from '../../base/bytes.ts'
import type { Block } from '../../primitives/block.ts'
import type { Coin } from '../../primitives/coin.ts'
import { unseal } from '../../storage/checked-store.ts'
import { undamaged } from '../../storage/damage.ts'
import { decodeHistory, historyWrites } from '../../storage/history-records.ts'
import { ALL_HISTORY } from '../../storage/keyspace.ts'
import type { TreeEntry } from '../header-tree.ts'
import { type Ground, isDamaged, readRecords } from './ground.ts'
import { blockPlace } from './headers.ts'

/** Holds the history of the address index against the blocks: what those of the connected chain do is all that it tells. */
export class AddressHistory {
  readonly #ground: Ground
  /** blocks whose records were looked up, and how many were found right */
  readonly #taken = new Set<TreeEntry>()
  #right = 0

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Looks up the records of a block, if it is one of the connected chain. @param undo - the coins that it spends */
  async take(entry: TreeEntry, block: Block, undo: readonly Coin[]): Promise<void> {
    const { bestPath, findings } = this.#ground
    if (bestPath?.contains(entry) !== true) return
    this.#taken.add(entry)
    const wanted = [...historyWrites({ entry, block, undo })]
    const found = await readRecords(
      this.#ground,
      wanted.map(({ key }) => key),
    )
    for (const [i, { key, value }] of wanted.entries()) {
      const record = found[i]
      if (record !== undefined && equalBytes(record, value!)) this.#right += 1
      else if (!isDamaged(this.#ground, key)) findings.add('history-missing', blockPlace(entry))
    }
  }

  /** Looks for records that no block of the chain has led to. */
  async finish(): Promise<void> {
    const { findings, signal, report, store, tree } = this.#ground
    let done = 0
    let ofChain = 0
    for await (const [key, sealed] of store.entries(ALL_HISTORY)) {
      signal.throwIfAborted()
      report({ step: 'checking the history of addresses', unit: 'records', done: ++done, total: undefined })
      const value = unseal(key, sealed)
      const record = value && undamaged(() => decodeHistory(value))
      if (!record) continue
      const entry = tree.get(record.block)
      if (!entry?.valid) findings.add('history-wrong', record.txid)
      else if (this.#taken.has(entry)) ofChain += 1
    }
    if (ofChain > this.#right)
      findings.add('history-wrong', 'blocks of the connected chain', ofChain - this.#right)
  }
}
