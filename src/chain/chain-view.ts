import type { EventSource } from '../base/emitter.ts'
import { invariant } from '../base/errors.ts'
import { nextBits } from '../consensus/difficulty.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { ChainEntry, ChainEvents, ChainView } from '../ports/chain.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash, Txid } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { ChainStore } from '../storage/chain-store.ts'
import { HeaderTree, type TreeEntry } from './header-tree.ts'
import { locate, makeLocator } from './locator.ts'
import { Path } from './path.ts'

/** Coins of one script that are handed out where no limit is asked for. */
const DEFAULT_COIN_LIMIT = 10_000

/** The state of the chain in memory, and every question that others may ask of it. */
export abstract class TreeView implements ChainView {
  readonly parameters: NetworkParameters
  abstract readonly events: EventSource<ChainEvents>
  protected readonly store: ChainStore
  protected readonly tree: HeaderTree
  /** the connected best chain */
  protected readonly path: Path
  /** the way to the best header */
  readonly #headerPath: Path
  /** no body is missing on the header path below this height */
  #lowestMissing = 0

  constructor(parameters: NetworkParameters, store: ChainStore) {
    this.parameters = parameters
    this.store = store
    this.tree = new HeaderTree(parameters)
    this.path = new Path(this.tree.genesis)
    this.#headerPath = new Path(this.tree.genesis)
  }

  /** To be called when the best header may be another one. */
  protected headersChanged(): void {
    const fork = this.#headerPath.forkWith(this.tree.best)
    this.#headerPath.setTip(this.tree.best)
    this.#lowestMissing = Math.min(this.#lowestMissing, fork.height)
  }

  /** To be called when a body that had arrived could not be kept. */
  protected bodyLost(entry: TreeEntry): void {
    this.tree.bodyLost(entry)
    this.#lowestMissing = Math.min(this.#lowestMissing, entry.height)
  }

  get genesis(): ChainEntry {
    return this.tree.genesis
  }

  tip(): ChainEntry {
    return this.path.tip
  }

  bestHeader(): ChainEntry {
    return this.tree.best
  }

  entry(hash: BlockHash): ChainEntry | undefined {
    return this.tree.get(hash)
  }

  entryAt(height: number): ChainEntry | undefined {
    return this.path.at(height)
  }

  isConnected(hash: BlockHash): boolean {
    const entry = this.tree.get(hash)
    return entry !== undefined && this.path.contains(entry)
  }

  locator(from?: ChainEntry): BlockHash[] {
    return makeLocator(from === undefined ? this.tree.best : this.#known(from))
  }

  headersAfter(locator: readonly BlockHash[], stop: BlockHash | undefined, max: number): BlockHeader[] {
    const from = locate(locator, this.path, (hash) => this.tree.get(hash))
    const headers: BlockHeader[] = []
    for (let height = from.height + 1; headers.length < max; height++) {
      const entry = this.path.at(height)
      if (entry === undefined) break
      headers.push(entry.header)
      if (entry.hash === stop) break
    }
    return headers
  }

  nextBits(parent: ChainEntry): number {
    return nextBits(this.parameters, this.#known(parent))
  }

  missingBodies(max: number): BlockHash[] {
    let lowest = Math.max(this.#lowestMissing, 0)
    while (this.#headerPath.at(lowest)?.linked) lowest += 1
    this.#lowestMissing = lowest
    const hashes: BlockHash[] = []
    for (let height = lowest; hashes.length < max; height++) {
      const entry = this.#headerPath.at(height)
      if (entry === undefined) break
      if (!entry.hasBody) hashes.push(entry.hash)
    }
    return hashes
  }

  hasBody(hash: BlockHash): boolean {
    return this.tree.get(hash)?.hasBody ?? false
  }

  #known(entry: ChainEntry): TreeEntry {
    const known = this.tree.get(entry.hash)
    invariant(known !== undefined, 'the entry is one of this chain')
    return known
  }

  blockBytes(hash: BlockHash): Promise<Uint8Array | undefined> {
    return this.store.blockBytes(hash)
  }

  async block(hash: BlockHash): Promise<Block | undefined> {
    // Not by `hasBody`: a block that is being accepted has one that is not on disk yet.
    return this.store.findBlock(hash)
  }

  async coin(outPoint: OutPoint) {
    const [coin] = await this.store.coins([outPoint])
    return coin
  }

  coins(outPoints: readonly OutPoint[]) {
    return this.store.coins(outPoints)
  }

  coinsOfScript(scriptPubKey: Uint8Array, limit = DEFAULT_COIN_LIMIT) {
    return this.store.coinsOfScript(scriptPubKey, limit)
  }

  coinStatistics() {
    return this.store.coinStatistics()
  }

  transactionBlock(txid: Txid) {
    return this.store.transactionBlock(txid)
  }
}
