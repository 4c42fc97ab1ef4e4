import { createEmitter } from '../base/emitter.ts'
import { CairnError, invariant } from '../base/errors.ts'
import { ok, type Result } from '../base/result.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import { BODY_FAULTS, checkBlock } from '../consensus/check-block.ts'
import { checkHeader, checkProofOfWork } from '../consensus/check-header.ts'
import { nextBits } from '../consensus/difficulty.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import { broken, type RuleViolation } from '../consensus/rules.ts'
import type { BlockAccepted, Chain, ChainEvents, ChainFollower, TipChange } from '../ports/chain.ts'
import { type Clock, unixSeconds } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { ChainStore } from '../storage/chain-store.ts'
import type { HeaderRecord } from '../storage/header-records.ts'
import { Branch } from './branch.ts'
import { Candidates } from './candidates.ts'
import { TreeView } from './chain-view.ts'
import { summaryOf, tellFollowers } from './followers.ts'
import { recordOf, type TreeEntry } from './header-tree.ts'
import { Path } from './path.ts'

/** Coin changes that are held in memory before a long reorganisation or catch-up is written in part. */
const MAX_OVERLAY_COINS = 200_000

/** A power cut loses at most the blocks of this last while, which peers still have; the end of the process, none. */
const SYNC_INTERVAL_MS = 1_000

export interface ChainDependencies {
  readonly store: ChainStore
  readonly signatures: Signatures
  readonly clock: Clock
  readonly logger: Logger
}

/** The chain as the node runs it: the port that others see, and its start and end. */
export interface ChainService extends Chain {
  /** Awaited after each change of the tip, in the order of registration; register before `start`. */
  follow(follower: ChainFollower): void
  /** Reads the headers, or prepares an empty store. @throws CairnError where the store is another network's or damaged */
  start(): Promise<void>
  /** Resolves when the work under way is on disk; nothing is accepted afterwards. */
  stop(): Promise<void>
}

/** Makes the chain of one network over a store. Inert until `start`. */
export function createChain(parameters: NetworkParameters, dependencies: ChainDependencies): ChainService {
  return new ChainOfBlocks(parameters, dependencies)
}

class ChainOfBlocks extends TreeView implements ChainService {
  readonly events
  readonly #emitter
  readonly #dependencies: ChainDependencies
  readonly #queue = createSerialQueue()
  readonly #followers: ChainFollower[] = []
  readonly #candidates = new Candidates()
  /** headers that the store does not have, or not as they are now */
  readonly #unsaved = new Set<TreeEntry>()
  /** the body that is being accepted: not in the store yet */
  #arriving: Block | undefined
  #lastSync = Number.NEGATIVE_INFINITY
  /** whether the tip is that of the store; before, nothing may be written */
  #opened = false
  #stopped = false

  constructor(parameters: NetworkParameters, dependencies: ChainDependencies) {
    super(parameters, dependencies.store)
    this.#dependencies = dependencies
    this.#emitter = createEmitter<ChainEvents>((error) =>
      dependencies.logger.error('chain listener failed', { error }),
    )
    this.events = this.#emitter
  }

  follow(follower: ChainFollower): void {
    this.#followers.push(follower)
  }

  async start(): Promise<void> {
    const { store } = this.#dependencies
    const { genesis, id } = this.parameters
    const { headers, tip } = await store.open(id, recordOf(this.tree.genesis, { hasBody: true }), genesis)
    headers.sort((a, b) => a.height - b.height)
    const invalid: TreeEntry[] = []
    const withBody: TreeEntry[] = []
    for (const record of headers) {
      const entry = record.height === 0 ? this.tree.genesis : this.#restore(record)
      if (record.hasBody) withBody.push(entry)
      if (record.invalid) invalid.push(entry)
    }
    for (const entry of invalid) this.tree.condemn(entry, undefined)
    for (const entry of withBody)
      for (const linked of this.tree.bodyArrived(entry)) this.#candidates.add(linked)
    const tipEntry = this.tree.get(tip)
    invariant(tipEntry?.linked, `the stored tip ${tip} has all its blocks`)
    this.path.setTip(tipEntry)
    this.#opened = true
    this.headersChanged()
    await this.#queue.run(() => this.#activate())
  }

  #restore(record: HeaderRecord): TreeEntry {
    const parent = this.tree.get(record.header.previous)
    invariant(parent !== undefined, `the parent of the stored header ${record.header.hash} is stored`)
    return this.tree.add(record.header, parent)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#queue.run(async () => {
      if (this.#opened) await this.#commit(undefined, { tip: this.path.tip, sync: true })
    })
  }

  acceptHeaders(headers: readonly BlockHeader[]): ReturnType<Chain['acceptHeaders']> {
    return this.#run(async () => {
      let last: TreeEntry = this.tree.genesis
      let added = 0
      let refused: Result<never, RuleViolation> | undefined
      for (const header of headers) {
        const size = this.tree.size
        const entry = this.#acceptHeader(header)
        if (!entry.ok) {
          refused = entry
          break
        }
        last = entry.value
        added += this.tree.size - size
      }
      if (added > 0) {
        this.headersChanged()
        await this.#commit(undefined, { sync: false })
        this.#emitter.emit('headersAdded', { count: added, best: this.tree.best })
      }
      return refused ?? ok({ added, last })
    })
  }

  #acceptHeader(header: BlockHeader): Result<TreeEntry, RuleViolation> {
    const known = this.tree.get(header.hash)
    if (known !== undefined) return known.failed ? this.#failed(known) : ok(known)
    const work = checkProofOfWork(header, this.parameters)
    if (!work.ok) return work
    const parent = this.tree.get(header.previous)
    if (parent === undefined) return broken('parent-unknown', { hash: header.hash, parent: header.previous })
    if (parent.failed) return broken('parent-invalid', { hash: header.hash, parent: header.previous })
    const context = {
      expectedBits: nextBits(this.parameters, parent),
      medianTimePast: parent.medianTimePast,
      now: unixSeconds(this.#dependencies.clock),
    }
    const checked = checkHeader(header, context, this.parameters)
    if (!checked.ok) return checked
    const entry = this.tree.add(header, parent)
    this.#unsaved.add(entry)
    return ok(entry)
  }

  #failed(entry: TreeEntry): Result<never, RuleViolation> {
    if (!entry.invalid) return broken('parent-invalid', { hash: entry.hash })
    return broken(entry.fault?.code ?? 'block-known-invalid', { hash: entry.hash, ...entry.fault?.details })
  }

  acceptBlock(block: Block): Promise<Result<BlockAccepted, RuleViolation>> {
    return this.#run(() => this.#acceptBlock(block))
  }

  #run<T>(job: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => {
      if (this.#stopped) throw new CairnError('chain-stopped', 'the node is stopping')
      return job()
    })
  }

  async #acceptBlock(block: Block): Promise<Result<BlockAccepted, RuleViolation>> {
    const accepted = this.#acceptHeader(block.header)
    if (!accepted.ok) return accepted
    const entry = accepted.value
    this.headersChanged()
    if (entry.hasBody) return ok({ entry, isNew: false, connected: this.path.contains(entry) })
    const context = { height: entry.height, medianTimePast: entry.parent!.medianTimePast }
    const checked = checkBlock(block, context)
    if (!checked.ok) {
      if (!BODY_FAULTS.has(checked.error.code)) await this.#condemn(entry, checked.error)
      return checked
    }
    this.#arriving = block
    for (const linked of this.tree.bodyArrived(entry)) this.#candidates.add(linked)
    this.#unsaved.add(entry)
    try {
      await this.#activate()
      if (entry.failed) return this.#failed(entry)
      // On a side branch, or before its parents: only the body is to be kept.
      if (this.#arriving !== undefined) await this.#commit(undefined, { sync: false })
    } catch (error) {
      if (this.#arriving !== undefined) this.bodyLost(entry)
      throw error
    } finally {
      this.#arriving = undefined
    }
    this.headersChanged()
    return ok({ entry, isNew: true, connected: this.path.contains(entry) })
  }

  /**
   * Moves the tip until no candidate has more work; invalid blocks on the way are condemned. Left where it stands when
   * the chain is to stop: the next start goes on with it.
   */
  async #activate(): Promise<void> {
    while (!this.#stopped) {
      const target = this.#candidates.best(this.path.tip)
      if (target === undefined) return
      await this.#moveTowards(target)
    }
  }

  async #moveTowards(target: TreeEntry): Promise<void> {
    const { store, signatures } = this.#dependencies
    const branch = new Branch(this.path, store, signatures, this.parameters)
    const fork = this.path.forkWith(target)
    for (let entry = this.path.tip; entry !== fork; entry = entry.parent!) await branch.disconnect(entry)
    for (const entry of Path.between(fork, target)) {
      if (this.#stopped) return
      const block = this.#arriving?.hash === entry.hash ? this.#arriving : await store.block(entry.hash)
      const connected = await branch.connect(entry, block)
      if (!connected.ok) {
        // What came before it may still win: it is a candidate of its own.
        if (entry.parent !== undefined) this.#candidates.add(entry.parent)
        await this.#condemn(entry, connected.error)
        return
      }
      const full = branch.overlay.size >= MAX_OVERLAY_COINS && entry.work > this.path.tip.work
      if (full || entry === target) {
        await this.#commitMove(branch, entry)
        return
      }
    }
  }

  async #commitMove(branch: Branch, tip: TreeEntry): Promise<void> {
    await this.#commit(branch, {
      tip,
      sync: this.#dependencies.clock.monotonic() - this.#lastSync >= SYNC_INTERVAL_MS,
    })
    const from = this.path.tip
    this.path.setTip(tip)
    const { disconnected, connected } = branch
    const change: TipChange = { disconnected, connected, tip }
    if (disconnected.length > 0)
      this.#dependencies.logger.info('chain reorganised', { from: from.hash, ...summaryOf(change) })
    await tellFollowers(this.#followers, change, this.#dependencies.logger)
    this.#emitter.emit('tipChanged', change)
  }

  /** Writes what is unsaved, the arriving body where it is still good, and the move, in one batch. */
  async #commit(
    branch: Branch | undefined,
    { tip, sync }: { tip?: TreeEntry; sync: boolean },
  ): Promise<void> {
    const arriving = this.#arriving
    const headers = [...this.#unsaved]
    await this.#dependencies.store.commit(
      {
        headers: headers.map((entry) => recordOf(entry)),
        bodies: arriving === undefined ? [] : [arriving],
        disconnected: branch?.disconnected.map(({ entry, block }) => ({ block, height: entry.height })) ?? [],
        connected:
          branch?.connected.map(({ entry, block, undo }) => ({ block, height: entry.height, undo })) ?? [],
        coins: branch?.overlay.changes() ?? [],
        tip: tip?.hash,
      },
      { sync },
    )
    if (sync) this.#lastSync = this.#dependencies.clock.monotonic()
    for (const entry of headers) this.#unsaved.delete(entry)
    this.#arriving = undefined
  }

  async #condemn(entry: TreeEntry, fault: RuleViolation): Promise<void> {
    this.#dependencies.logger.warn('block refused', {
      hash: entry.hash,
      height: entry.height,
      rule: fault.code,
      ...fault.details,
    })
    if (this.#arriving?.hash === entry.hash) {
      this.#arriving = undefined
      this.bodyLost(entry)
    }
    this.tree.condemn(entry, fault)
    this.#unsaved.add(entry)
    this.headersChanged()
    await this.#commit(undefined, { sync: false })
  }
}
