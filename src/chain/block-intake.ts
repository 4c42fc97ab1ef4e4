import { ok, type Result } from '../base/result.ts'
import { BODY_FAULTS, checkBlock } from '../consensus/check-block.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { BlockAccepted } from '../ports/chain.ts'
import type { Block } from '../primitives/block.ts'
import type { ChainState } from './chain-state.ts'
import { type ConnectDependencies, type Connected, connect } from './connect.ts'
import { failureOf, type HeaderIntake } from './header-intake.ts'
import type { TreeEntry } from './header-tree.ts'
import { type Extension, Pipeline } from './pipeline.ts'
import type { TipMover } from './tip-mover.ts'

type Verdict = Result<BlockAccepted, RuleViolation>

/** What an offered block comes to, once that is known: wrapped, so that handing it on does not wait for it. */
export interface Offer {
  readonly outcome: Promise<Verdict>
}

const offer = (verdict: Verdict): Offer => ({ outcome: Promise.resolve(verdict) })

/** Takes blocks in, one offer after another: those that extend the tip overlap, all others have the chain to themselves. */
export class BlockIntake {
  readonly #state: ChainState
  readonly #headers: HeaderIntake
  readonly #mover: TipMover
  readonly #connecting: ConnectDependencies
  readonly #pipeline: Pipeline
  /** the blocks in the pipeline, and who waits for them */
  readonly #waiting = new Map<TreeEntry, PromiseWithResolvers<Verdict>>()

  constructor(state: ChainState, headers: HeaderIntake, mover: TipMover, connecting: ConnectDependencies) {
    this.#state = state
    this.#headers = headers
    this.#mover = mover
    this.#connecting = connecting
    this.#pipeline = new Pipeline({
      commit: (extension) => this.#commit(extension),
      refused: (extension, fault) => this.#refuse(extension, fault),
      lost: (extension, cause) => this.#lose(extension, cause),
    })
  }

  /** Resolves when no block is under way: the tip and the coins then stand still until the next offer. */
  idle(): Promise<void> {
    return this.#pipeline.idle()
  }

  /** Resolves when the next block may be offered; where this one extends the tip it is still under way then. */
  async offer(block: Block): Promise<Offer> {
    const accepted = this.#headers.accept(block.header)
    if (!accepted.ok) return offer(accepted)
    const entry = accepted.value
    if (entry.hasBody || entry.pruned) return this.#known(entry)
    const context = { height: entry.height, medianTimePast: entry.parent!.medianTimePast }
    const checked = checkBlock(block, context)
    if (!checked.ok) {
      await this.idle()
      if (!BODY_FAULTS.has(checked.error.code) && !entry.failed)
        await this.#mover.condemn(entry, checked.error)
      return offer(checked)
    }
    const { failures } = this.#pipeline
    const linked = this.#state.tree.bodyArrived(entry)
    const last = this.#pipeline.last ?? this.#state.path.tip
    if (entry.parent === last && linked.length === 1 && this.#mover.candidates.best(last) === undefined)
      return this.#extend(entry, block, failures)
    for (const each of linked) this.#mover.candidates.add(each)
    await this.idle()
    return offer(await this.#arrive(entry, block))
  }

  #known(entry: TreeEntry): Offer {
    const underWay = this.#waiting.get(entry)?.promise
    const outcome =
      underWay ?? Promise.resolve(ok({ entry, isNew: false, connected: this.#state.path.contains(entry) }))
    return {
      outcome: outcome.then((verdict) => (verdict.ok ? ok({ ...verdict.value, isNew: false }) : verdict)),
    }
  }

  /** A block beside the tip, or one that others have waited for: everything else is settled before. */
  async #arrive(entry: TreeEntry, block: Block): Promise<Verdict> {
    if (entry.failed) {
      this.#state.bodyLost(entry)
      return failureOf(entry)
    }
    await this.#mover.arrive(entry, block)
    if (entry.failed) return failureOf(entry)
    return ok({ entry, isNew: true, connected: this.#state.path.contains(entry) })
  }

  /** @param failures - of the pipeline when the parent was seen to be its last block */
  async #extend(entry: TreeEntry, block: Block, failures: number): Promise<Offer> {
    const pipeline = this.#pipeline
    await pipeline.room()
    let connected: Awaited<ReturnType<typeof connect>>
    try {
      connected = await connect(
        entry,
        block,
        {
          layers: pipeline.layers(),
          cache: this.#state.cache,
          ancestorAt: (height) => this.#ancestor(entry, height),
        },
        this.#connecting,
      )
    } catch (error) {
      this.#state.bodyLost(entry)
      throw error
    }
    if (failures === pipeline.failures && connected.ok) return this.#push(entry, block, connected.value)
    // A verdict that rests on blocks under way counts once these are settled, and is void if one of them failed.
    await pipeline.idle()
    if (failures === pipeline.failures && !connected.ok) {
      this.#state.bodyLost(entry)
      await this.#mover.condemn(entry, connected.error)
      return offer(failureOf(entry))
    }
    return offer(await this.#arrive(entry, block))
  }

  #push(entry: TreeEntry, block: Block, connected: Connected): Offer {
    const waiting = Promise.withResolvers<Verdict>()
    // The one who offered it may have gone away.
    waiting.promise.catch(() => {})
    this.#waiting.set(entry, waiting)
    this.#pipeline.push({ entry, block, connected })
    return { outcome: waiting.promise }
  }

  /** The entry at a height on the branch of `entry`, which is at most a pipeline above the connected chain. */
  #ancestor(entry: TreeEntry, height: number): TreeEntry {
    const { path } = this.#state
    let each = entry
    while (each.height > height && !path.contains(each)) each = each.parent!
    return each.height > height ? path.at(height)! : each
  }

  async #commit(extension: Extension): Promise<void> {
    const { entry } = extension
    await this.#mover.extend(extension)
    this.#settle(entry, ok({ entry, isNew: true, connected: true }))
  }

  async #refuse({ entry }: Extension, fault: RuleViolation): Promise<void> {
    this.#state.bodyLost(entry)
    await this.#mover.condemn(entry, fault)
    this.#settle(entry, failureOf(entry))
  }

  #lose({ entry }: Extension, cause: unknown): void {
    this.#state.bodyLost(entry)
    if (entry.failed) this.#settle(entry, failureOf(entry))
    else this.#waiting.get(entry)?.reject(cause)
    this.#waiting.delete(entry)
  }

  #settle(entry: TreeEntry, verdict: Verdict): void {
    this.#waiting.get(entry)?.resolve(verdict)
    this.#waiting.delete(entry)
  }
}
