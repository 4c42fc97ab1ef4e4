import { createEmitter } from '../base/emitter.ts'
import { CairnError, errorCode } from '../base/errors.ts'
import { ok, type Result } from '../base/result.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import { broken, type RuleViolation } from '../consensus/rules.ts'
import type { BlockAccepted, Chain, ChainEvents, ChainFollower, TipChange } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { ChainStore } from '../storage/chain-store.ts'
import type { CoinQuestions } from '../storage/coin-questions.ts'
import { damaged } from '../storage/damage.ts'
import type { HeaderRecord } from '../storage/header-records.ts'
import { BlockIntake } from './block-intake.ts'
import { prunedBlock } from './branch.ts'
import { ChainState } from './chain-state.ts'
import { TreeView } from './chain-view.ts'
import { ChainWriter } from './chain-writer.ts'
import { CoinsCache } from './coins-cache.ts'
import { tellFollowers } from './followers.ts'
import { HeaderIntake } from './header-intake.ts'
import { genesisRecord, type TreeEntry } from './header-tree.ts'
import { TipMover } from './tip-mover.ts'

/** Coins are written this long after a block at the latest; a start after a crash has to connect later ones again. */
const FLUSH_INTERVAL_MS = 30_000

/** Codes of a disk that takes nothing, and may still be read. */
const WRITE_FAILURES: ReadonlySet<string> = new Set(['disk-full', 'store-failed'])

export interface ChainOptions {
  /** memory for coins, in bytes */
  readonly maxCacheBytes?: number
  /** how many blocks below the tip keep their bodies and undo data; all where it is left out */
  readonly prune?: number
  /** no chain of peers with less work is stored; 0 where it is left out */
  readonly minimumWork?: bigint
}

const DEFAULT_CACHE_BYTES = 64_000_000

export interface ChainDependencies {
  readonly store: ChainStore
  readonly signatures: Signatures
  readonly verified: VerifiedTransactions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** The chain as the node runs it: the port that others see, and its start and end. */
export interface ChainService extends Chain {
  /** Awaited after each change of the tip, in the order of registration; register before `start`. */
  follow(follower: ChainFollower): void
  /** Reads the headers, or prepares an empty store. @throws CairnError where the store is another network's or damaged */
  start(): Promise<void>
  /** Resolves when the work under way and all coins are on disk; nothing is accepted afterwards. */
  stop(): Promise<void>
  /** what the coins cache holds: coins, and bytes of memory */
  cacheSize(): { readonly coins: number; readonly bytes: number }
}

/** Makes the chain of one network over a store. Inert until `start`. */
export function createChain(
  parameters: NetworkParameters,
  dependencies: ChainDependencies,
  options: ChainOptions = {},
): ChainService {
  const { store, random } = dependencies
  const { maxCacheBytes: maxBytes = DEFAULT_CACHE_BYTES, minimumWork = 0n } = options
  const cache = new CoinsCache(store, { maxBytes, salt: random.below(2 ** 32) })
  return new ChainOfBlocks(new ChainState(parameters, cache, minimumWork), dependencies, options)
}

class ChainOfBlocks extends TreeView implements ChainService {
  readonly events
  readonly #emitter
  readonly #dependencies: ChainDependencies
  readonly #queue = createSerialQueue()
  readonly #followers: ChainFollower[] = []
  readonly #writer: ChainWriter
  readonly #mover: TipMover
  readonly #headers: HeaderIntake
  readonly #blocks: BlockIntake
  #cancelFlush: (() => void) | undefined
  /** the last flush failed: the next one waits, however much there is to write */
  #flushFailed = false
  /** whether the tip is that of the store; before, nothing may be written */
  #opened = false
  #stopped = false

  constructor(state: ChainState, dependencies: ChainDependencies, options: ChainOptions) {
    super(state, dependencies.store)
    const { store, signatures, verified, clock, logger } = dependencies
    const connecting = { parameters: state.parameters, signatures, verified, clock }
    this.#dependencies = dependencies
    this.#emitter = createEmitter<ChainEvents>((error) => logger.error('chain listener failed', { error }))
    this.events = this.#emitter
    this.#writer = new ChainWriter(state, store, clock, options)
    this.#mover = new TipMover({
      state,
      store,
      writer: this.#writer,
      connecting,
      logger,
      moved: (change) => this.#moved(change),
    })
    this.#headers = new HeaderIntake(state, this.#writer.unsaved, clock)
    this.#blocks = new BlockIntake(state, this.#headers, this.#mover, connecting)
  }

  pruning() {
    return this.#writer.pruning()
  }

  follow(follower: ChainFollower): void {
    this.#followers.push(follower)
  }

  cacheSize() {
    const { size, bytes } = this.state.cache
    return { coins: size, bytes }
  }

  async start(): Promise<void> {
    const { tree, path } = this.state
    const { genesis, id } = this.parameters
    const { headers, tip, best } = await this.store.open(id, genesisRecord(tree.genesis), genesis)
    headers.sort((a, b) => a.height - b.height)
    const invalid: TreeEntry[] = []
    for (const record of headers) {
      const entry = record.height === 0 ? tree.genesis : this.#restore(record)
      for (const linked of tree.restoreStatus(entry, record)) this.#mover.candidates.add(linked)
      if (record.invalid) invalid.push(entry)
    }
    for (const entry of invalid) tree.condemn(entry, undefined)
    const tipEntry = tree.get(tip)
    if (!tipEntry?.linked) damaged(`a block below the stored tip ${tip} is missing`)
    path.setTip(tipEntry)
    this.#writer.opened(tipEntry)
    this.#opened = true
    await this.#queue.run(async () => {
      await this.#mover.leaveInvalid()
      const last = tree.get(best)
      if (last !== undefined) await this.#mover.resume(last)
      await this.#mover.activate()
    })
    this.#dependencies.logger.debug('chain opened', { stored: tipEntry.height, height: path.tip.height })
  }

  #restore(record: HeaderRecord): TreeEntry {
    const parent = this.state.tree.get(record.header.previous)
    if (parent === undefined) damaged(`the parent of header ${record.header.hash} is missing`)
    return this.state.tree.add(record.header, parent)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#mover.stop()
    this.#cancelFlush?.()
    await this.#queue.run(async () => {
      await this.#blocks.idle()
      if (!this.#opened) return
      await this.#writer.save({})
      await this.#writer.flush()
    })
  }

  #run<T>(job: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => {
      if (this.#stopped) throw new CairnError('chain-stopped', 'the node is stopping')
      return job()
    })
  }

  async #flush(): Promise<void> {
    if (this.#stopped) throw new CairnError('chain-stopped', 'the node is stopping')
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    await this.#writer.flush()
    this.#flushFailed = false
  }

  protected async askStoredCoins<T>(ask: (coins: CoinQuestions) => Promise<T>): Promise<T> {
    try {
      await this.#flush()
    } catch (error) {
      if (!WRITE_FAILURES.has(errorCode(error) ?? '')) throw error
      const { cache, path } = this.state
      return this.#writer.betweenFlushes(() => ask(this.store.withCoins(cache.unwritten(), path.tip.hash)))
    }
    return ask(this.store)
  }

  async #moved(change: TipChange): Promise<void> {
    const { clock, logger } = this.#dependencies
    const { cache } = this.state
    await tellFollowers(this.#followers, change, logger)
    this.#emitter.emit('tipChanged', change)
    if (cache.isFull && !this.#flushFailed) {
      // Blocks must not come faster than the disk can take their coins.
      await this.#writer.flushed()
      this.#flushSoon()
    } else this.#cancelFlush ??= clock.after(FLUSH_INTERVAL_MS, () => this.#flushSoon())
  }

  #flushSoon(): void {
    const { clock, logger } = this.#dependencies
    this.#flush().catch((error) => {
      if (this.#stopped) return
      this.#flushFailed = true
      logger.error('coins not written', { error, retryMs: FLUSH_INTERVAL_MS })
      this.#cancelFlush ??= clock.after(FLUSH_INTERVAL_MS, () => this.#flushSoon())
    })
  }

  acceptHeaders(headers: readonly BlockHeader[]): ReturnType<Chain['acceptHeaders']> {
    return this.#run(async () => {
      const { tree } = this.state
      let last: TreeEntry = tree.genesis
      let added = 0
      let refused: Result<never, RuleViolation> | undefined
      for (const header of headers) {
        const size = tree.size
        const entry = this.#headers.accept(header)
        if (!entry.ok) {
          refused = entry
          break
        }
        last = entry.value
        added += tree.size - size
      }
      if (added > 0) {
        await this.#writer.save({})
        this.#emitter.emit('headersAdded', { count: added, best: tree.best })
      }
      return refused ?? ok({ added, last })
    })
  }

  async acceptBlock(block: Block): Promise<Result<BlockAccepted, RuleViolation>> {
    const { outcome } = await this.#run(async () => {
      if (this.state.path.tip.failed) await this.#leaveInvalid()
      return this.#blocks.offer(block)
    })
    return outcome
  }

  invalidate(hash: BlockHash): Promise<boolean> {
    return this.#run(async () => {
      await this.#blocks.idle()
      const { tree, path } = this.state
      const entry = tree.get(hash)
      if (entry === undefined) return false
      if (entry === tree.genesis) throw new RangeError('genesis cannot be invalid')
      const leaving = path.contains(entry)
      // Before anything is noted: a tip that is invalid and cannot be left would keep the next start from going on.
      if (leaving && entry.pruned) throw prunedBlock(entry)
      await this.#mover.condemn(entry, broken('block-known-invalid', { hash }).error)
      await this.#leaveInvalid()
      return true
    })
  }

  reconsider(hash: BlockHash): Promise<boolean> {
    return this.#run(async () => {
      await this.#blocks.idle()
      const entry = this.state.tree.get(hash)
      if (entry === undefined) return false
      for (const each of this.state.tree.pardon(entry)) this.#writer.unsaved.add(each)
      await this.#writer.save({})
      await this.#reactivate()
      return true
    })
  }

  /** Takes the tip to the best chain from one that was found invalid, now or when that failed before. */
  async #leaveInvalid(): Promise<void> {
    await this.#blocks.idle()
    await this.#mover.leaveInvalid()
    await this.#reactivate()
  }

  /** Looks at all blocks anew: some may be better than the tip that were let go. */
  async #reactivate(): Promise<void> {
    const { tree, path } = this.state
    for (const each of tree.linkedAbove(path.tip.work)) this.#mover.candidates.add(each)
    await this.#mover.activate()
  }
}
