import type { RuleViolation } from '../consensus/rules.ts'
import type { TipChange } from '../ports/chain.ts'
import type { Logger } from '../ports/logger.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockWrites, ChainStore } from '../storage/chain-store.ts'
import { Branch } from './branch.ts'
import { Candidates } from './candidates.ts'
import type { ChainState } from './chain-state.ts'
import type { ChainWriter } from './chain-writer.ts'
import type { ConnectDependencies } from './connect.ts'
import { summaryOf } from './followers.ts'
import type { TreeEntry } from './header-tree.ts'
import { Path } from './path.ts'
import type { Extension } from './pipeline.ts'

export interface TipMoverDependencies {
  readonly state: ChainState
  readonly store: ChainStore
  readonly writer: ChainWriter
  readonly connecting: ConnectDependencies
  readonly logger: Logger
  /** awaited after each move */
  readonly moved: (change: TipChange) => Promise<void>
}

/** Moves the connected tip: by one block that extends it, or over to the best of the candidates. */
export class TipMover {
  readonly candidates = new Candidates()
  readonly #dependencies: TipMoverDependencies
  /** the body that is being accepted beside the tip: not in the store yet */
  #arriving: Block | undefined
  #stopped = false

  constructor(dependencies: TipMoverDependencies) {
    this.#dependencies = dependencies
  }

  /** What is under way is left where it stands: the next start goes on with it. */
  stop(): void {
    this.#stopped = true
  }

  /** Writes a block that extends the tip, and moves the tip to it. */
  async extend({ entry, block, connected }: Extension): Promise<void> {
    const { state, writer } = this.#dependencies
    entry.valid = true
    writer.unsaved.add(entry)
    try {
      await writer.save(
        { bodies: [block], connected: [{ entry, block, undo: connected.undo }], tip: entry.hash },
        { sync: writer.isSyncDue() },
      )
    } catch (error) {
      entry.valid = false
      throw error
    }
    state.cache.apply(connected)
    state.cache.trim()
    state.path.setTip(entry)
    await this.#dependencies.moved({ disconnected: [], connected: [{ entry, block }], tip: entry })
  }

  /** Takes a body whose header is in the tree, and moves wherever it leads. */
  async arrive(entry: TreeEntry, block: Block): Promise<void> {
    this.#arriving = block
    this.#dependencies.writer.unsaved.add(entry)
    try {
      await this.activate()
      // On a side branch, or before its parents: only the body is to be kept.
      if (this.#arriving !== undefined && !entry.failed) await this.#save()
    } catch (error) {
      if (this.#arriving !== undefined) this.#dependencies.state.bodyLost(entry)
      throw error
    } finally {
      this.#arriving = undefined
    }
  }

  /** Moves the tip until no candidate has more work; invalid blocks on the way are condemned. */
  async activate(): Promise<void> {
    while (!this.#stopped) {
      const target = this.candidates.best(this.#dependencies.state.path.tip)
      if (target === undefined) return
      await this.#moveTowards(target)
    }
  }

  /** Takes the tip to where it was when the last process ended, as far as that still holds. */
  async resume(last: TreeEntry): Promise<void> {
    if (!last.linked || last.failed || last.work <= this.#dependencies.state.path.tip.work) return
    await this.#moveTowards(last)
  }

  /** Leaves a connected chain that is known to be invalid, where it is. */
  async leaveInvalid(): Promise<void> {
    let top: TreeEntry | undefined
    for (
      let each: TreeEntry | undefined = this.#dependencies.state.path.tip;
      each?.failed;
      each = each.parent
    )
      top = each
    if (top !== undefined) await this.#retreat(top)
  }

  /** Takes the tip back to the parent of `entry`, which lies on the connected chain. */
  async #retreat(entry: TreeEntry): Promise<void> {
    let branch = this.#branch()
    for (let each = this.#dependencies.state.path.tip; each !== entry.parent; each = each.parent!) {
      await branch.disconnect(each)
      if (!branch.isFull || each === entry) continue
      // With less work than before, and right all the same: what is left is on an invalid block.
      await this.#makeMove(branch, each.parent!)
      branch = this.#branch()
    }
    await this.#makeMove(branch, entry.parent!)
  }

  #branch(): Branch {
    const { state, store, connecting } = this.#dependencies
    return new Branch(state.path, state.cache, store, connecting)
  }

  async #moveTowards(target: TreeEntry): Promise<void> {
    const { logger, state } = this.#dependencies
    const { path } = state
    const branch = this.#branch()
    const fork = path.forkWith(target)
    if (path.at(fork.height + 1)?.pruned) {
      logger.error('better chain forks below the pruned blocks', { hash: target.hash, fork: fork.height })
      this.candidates.drop(target)
      return
    }
    for (let entry = path.tip; entry !== fork; entry = entry.parent!) await branch.disconnect(entry)
    for (const entry of Path.between(fork, target)) {
      if (this.#stopped) return
      const connected = await branch.connect(entry, await this.#body(entry))
      if (!connected.ok) {
        // What came before it may still win: it is a candidate of its own.
        if (entry.parent !== undefined) this.candidates.add(entry.parent)
        await this.condemn(entry, connected.error)
        return
      }
      const full = branch.isFull && entry.work > path.tip.work
      if (full || entry === target) {
        await this.#makeMove(branch, entry)
        return
      }
    }
  }

  async #body(entry: TreeEntry): Promise<Block> {
    return this.#arriving?.hash === entry.hash ? this.#arriving : this.#dependencies.store.block(entry.hash)
  }

  async #makeMove(branch: Branch, tip: TreeEntry): Promise<void> {
    const { state, writer, logger } = this.#dependencies
    const from = state.path.tip
    const { disconnected, connected } = branch
    const newlyValid = connected.filter(({ entry }) => !entry.valid).map(({ entry }) => entry)
    for (const entry of newlyValid) {
      entry.valid = true
      writer.unsaved.add(entry)
    }
    try {
      await this.#save({ connected, tip: tip.hash }, writer.isSyncDue())
    } catch (error) {
      for (const entry of newlyValid) entry.valid = false
      throw error
    }
    await writer.betweenFlushes(() => {
      state.cache.apply(branch.overlay)
      state.path.setTip(tip)
    })
    const change: TipChange = { disconnected, connected, tip }
    if (disconnected.length > 0) logger.info('chain reorganised', { from: from.hash, ...summaryOf(change) })
    await this.#dependencies.moved(change)
  }

  /** Writes the arriving body where it is still good, and what joins, in one batch. */
  async #save(writes: Pick<BlockWrites, 'connected' | 'tip'> = {}, sync = false): Promise<void> {
    const arriving = this.#arriving
    await this.#dependencies.writer.save(
      { ...writes, bodies: arriving === undefined ? [] : [arriving] },
      { sync },
    )
    this.#arriving = undefined
  }

  /** Notes on disk that a block breaks a rule. */
  async condemn(entry: TreeEntry, fault: RuleViolation): Promise<void> {
    const { state, writer, logger } = this.#dependencies
    logger.warn('block refused', {
      hash: entry.hash,
      height: entry.height,
      rule: fault.code,
      ...fault.details,
    })
    if (this.#arriving?.hash === entry.hash) {
      this.#arriving = undefined
      state.bodyLost(entry)
    }
    state.tree.condemn(entry, fault)
    writer.unsaved.add(entry)
    await this.#save()
  }
}
