import type { EventSource } from '../base/emitter.ts'
import { invariant } from '../base/errors.ts'
import { nextBits } from '../consensus/difficulty.ts'
import type { HeaderLine } from '../consensus/header-line.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type {
  ChainEntry,
  ChainEvents,
  ChainView,
  HistoryQuery,
  Pruning,
  ScriptEvent,
} from '../ports/chain.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash, Txid } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { ChainStore } from '../storage/chain-store.ts'
import type { CoinQuestions } from '../storage/coin-questions.ts'
import type { ChainState } from './chain-state.ts'
import { failureOf } from './header-intake.ts'
import type { TreeEntry } from './header-tree.ts'
import { locate, makeLocator } from './locator.ts'

/** Coins of one script that are handed out where no limit is asked for. */
const DEFAULT_COIN_LIMIT = 10_000

/** Every question that others may ask of the chain. */
export abstract class TreeView implements ChainView {
  abstract readonly events: EventSource<ChainEvents>
  protected readonly state: ChainState
  protected readonly store: ChainStore

  constructor(state: ChainState, store: ChainStore) {
    this.state = state
    this.store = store
  }

  get parameters(): NetworkParameters {
    return this.state.parameters
  }

  get genesis(): ChainEntry {
    return this.state.tree.genesis
  }

  tip(): ChainEntry {
    return this.state.path.tip
  }

  bestHeader(): ChainEntry {
    return this.state.tree.best
  }

  workThreshold(): bigint {
    return this.state.workThreshold()
  }

  entry(hash: BlockHash): ChainEntry | undefined {
    return this.state.tree.get(hash)
  }

  entryAt(height: number): ChainEntry | undefined {
    return this.state.path.at(height)
  }

  tips(max: number): ChainEntry[] {
    return this.state.tree.tips().slice(0, max)
  }

  isConnected(hash: BlockHash): boolean {
    const entry = this.state.tree.get(hash)
    return entry !== undefined && this.state.path.contains(entry)
  }

  locator(from?: ChainEntry): BlockHash[] {
    return makeLocator(from === undefined ? this.state.tree.best : this.#known(from))
  }

  headersAfter(locator: readonly BlockHash[], stop: BlockHash | undefined, max: number): BlockHeader[] {
    const from = locate(locator, this.state.path, (hash) => this.state.tree.get(hash))
    const headers: BlockHeader[] = []
    for (let height = from.height + 1; headers.length < max; height++) {
      const entry = this.state.path.at(height)
      if (entry === undefined) break
      headers.push(entry.header)
      if (entry.hash === stop) break
    }
    return headers
  }

  nextBits(parent: ChainEntry): number {
    return nextBits(this.parameters, this.#known(parent))
  }

  headerLine(entry: ChainEntry): HeaderLine {
    return this.#known(entry).line()
  }

  missingBodies(max: number, goal?: ChainEntry): BlockHash[] {
    return this.state.missingBodies(max, goal === undefined ? this.state.tree.best : this.#known(goal))
  }

  faultOf(hash: BlockHash): RuleViolation | undefined {
    const entry = this.state.tree.get(hash)
    return entry?.failed ? failureOf(entry).error : undefined
  }

  hasBody(hash: BlockHash): boolean {
    return this.state.tree.get(hash)?.hasBody ?? false
  }

  wasConnected(hash: BlockHash): boolean {
    return this.state.tree.get(hash)?.valid ?? false
  }

  isPruned(hash: BlockHash): boolean {
    return this.state.tree.get(hash)?.pruned ?? false
  }

  abstract pruning(): Pruning | undefined

  #known(entry: ChainEntry): TreeEntry {
    const known = this.state.tree.get(entry.hash)
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
    const [coin] = await this.state.cache.coins([outPoint])
    return coin
  }

  coins(outPoints: readonly OutPoint[]) {
    return this.state.cache.coins(outPoints)
  }

  /** Asks the stored coins, as of the tip. */
  protected abstract askStoredCoins<T>(ask: (coins: CoinQuestions) => Promise<T>): Promise<T>

  coinsOfScript(scriptPubKey: Uint8Array, limit = DEFAULT_COIN_LIMIT, after?: OutPoint) {
    return this.askStoredCoins((coins) => coins.coinsOfScript(scriptPubKey, limit, after))
  }

  async scriptHistory(scriptPubKey: Uint8Array, { before, limit }: HistoryQuery): Promise<ScriptEvent[]> {
    const events: ScriptEvent[] = []
    for await (const event of this.store.scriptHistory(scriptPubKey, before)) {
      if (events.length === limit) break
      if (this.isConnected(event.block)) events.push(event)
    }
    return events
  }

  coinStatistics() {
    return this.askStoredCoins((coins) => coins.coinStatistics())
  }

  async transactionBlock(txid: Txid) {
    const hash = await this.store.transactionBlock(txid)
    return hash !== undefined && this.isConnected(hash) ? hash : undefined
  }
}
