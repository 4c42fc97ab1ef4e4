import type { Block } from '../../primitives/block.ts'
import { type BlockHash, type Txid, toHashId } from '../../primitives/hash.ts'
import { unseal } from '../../storage/checked-store.ts'
import { ALL_TRANSACTIONS, hashOfKey, transactionKey } from '../../storage/keyspace.ts'
import type { TreeEntry } from '../header-tree.ts'
import { type Ground, isDamaged, readBlock, readRecords } from './ground.ts'
import { blockPlace } from './headers.ts'

/** Holds the index of transactions against the blocks: those of the connected chain are in it, and all of it is true. */
export class TransactionIndex {
  readonly #ground: Ground
  /** blocks whose transactions were looked up, and how many were found right */
  readonly #taken = new Set<TreeEntry>()
  #right = 0

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Looks up the transactions of a block, if it is one of the connected chain. */
  async take(entry: TreeEntry, { transactions }: Block): Promise<void> {
    const { bestPath, findings } = this.#ground
    if (bestPath?.contains(entry) !== true) return
    this.#taken.add(entry)
    const keys = transactions.map(({ txid }) => transactionKey(txid))
    const records = await readRecords(this.#ground, keys)
    for (const [i, { txid }] of transactions.entries()) {
      const record = records[i]
      if (record?.length === 32 && toHashId<BlockHash>(record) === entry.hash) this.#right += 1
      else if (!isDamaged(this.#ground, keys[i]!))
        findings.add('transaction-missing', `${txid} of block ${blockPlace(entry)}`)
    }
  }

  /** Looks at those records that no block of the chain has led to. */
  async finish(): Promise<void> {
    const { bestPath, findings, signal, report } = this.#ground
    let done = 0
    let ofChain = 0
    const ofOthers: [Txid, TreeEntry][] = []
    for await (const [key, sealed] of this.#ground.store.entries(ALL_TRANSACTIONS)) {
      signal.throwIfAborted()
      report({ step: 'checking the index of transactions', unit: 'records', done: ++done, total: undefined })
      const txid = hashOfKey<Txid>(key)
      const value = unseal(key, sealed)
      if (txid === undefined || value?.length !== 32) continue
      const entry = this.#ground.tree.get(toHashId(value))
      if (!entry?.valid) findings.add('transaction-wrong', txid)
      else if (this.#taken.has(entry)) ofChain += 1
      // What cannot be read, or is pruned, cannot tell.
      else if (bestPath?.contains(entry) !== true) ofOthers.push([txid, entry])
    }
    if (ofChain > this.#right)
      findings.add('transaction-wrong', 'blocks of the connected chain', ofChain - this.#right)
    await this.#checkOthers(ofOthers)
  }

  /** @param records - that name blocks which have left the chain */
  async #checkOthers(records: readonly [Txid, TreeEntry][]): Promise<void> {
    let held: { readonly entry: TreeEntry; readonly txids: ReadonlySet<Txid> | undefined } | undefined
    for (const [txid, entry] of records.toSorted(([, a], [, b]) => (a.hash < b.hash ? -1 : 1))) {
      if (held?.entry !== entry) {
        const block = await readBlock(this.#ground, entry)
        held = { entry, txids: block && new Set(block.transactions.map((tx) => tx.txid)) }
      }
      if (held.txids?.has(txid) === false) this.#ground.findings.add('transaction-wrong', txid)
    }
  }
}
