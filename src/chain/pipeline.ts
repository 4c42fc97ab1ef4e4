import { createSerialQueue } from '../base/serial-queue.ts'
import type { CoinChanges } from '../consensus/connect-block.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Block } from '../primitives/block.ts'
import type { Connected } from './connect.ts'
import type { TreeEntry } from './header-tree.ts'

/** Blocks whose signatures are verified, or that are written, while the next is looked at. */
const MAX_BLOCKS = 32
/** With so many signatures under way the next block waits, unless it would be only the second. */
const MAX_CHECKS = 2_500
/** The same for bytes of blocks. */
const MAX_BYTES = 8_000_000

/** A block on top of the tip, or of the one before it in the pipeline, that holds but for its signatures. */
export interface Extension {
  readonly entry: TreeEntry
  readonly block: Block
  readonly connected: Connected
}

/** What becomes of an extension; each is told of exactly one of these, in order. */
export interface PipelineOutcome {
  /** Writes it and moves the tip; where this rejects it is lost. */
  commit(extension: Extension): Promise<void>
  refused(extension: Extension, fault: RuleViolation): Promise<void>
  /** it could not be looked at or written; or it stood on one that was refused or lost */
  lost(extension: Extension, cause: unknown): void
}

/**
 * Blocks that extend the tip one after another: while the signatures of one are verified on other threads the next is
 * held against the coins as they will be if all goes well. They are committed strictly in order; when one fails,
 * those on top of it go with it.
 */
export class Pipeline {
  readonly #outcome: PipelineOutcome
  readonly #queue = createSerialQueue()
  readonly #extensions: Extension[] = []
  #checks = 0
  #bytes = 0
  #failures = 0
  #failure: unknown
  #ready: (() => void) | undefined

  constructor(outcome: PipelineOutcome) {
    this.#outcome = outcome
  }

  /** Counts failures: what was worked out over the layers before one is void after it. */
  get failures(): number {
    return this.#failures
  }

  /** The block that the next one has to build on; undefined where that is the connected tip. */
  get last(): TreeEntry | undefined {
    return this.#extensions.at(-1)?.entry
  }

  /** What the blocks under way do to the coins, the latest first. One that has been committed may still be among them. */
  layers(): CoinChanges[] {
    return this.#extensions.map(({ connected }) => connected).reverse()
  }

  /** Resolves when nothing is under way any more. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  /** Resolves when another block may be looked at. */
  async room(): Promise<void> {
    while (
      this.#extensions.length >= MAX_BLOCKS ||
      ((this.#checks >= MAX_CHECKS || this.#bytes >= MAX_BYTES) && this.#extensions.length > 1)
    )
      await new Promise<void>((resolve) => {
        this.#ready = resolve
      })
  }

  push(extension: Extension): void {
    const failures = this.#failures
    this.#extensions.push(extension)
    this.#checks += extension.connected.checks
    this.#bytes += extension.block.bytes.length
    void this.#queue.run(async () => {
      if (failures === this.#failures) await this.#settle(extension)
      else this.#outcome.lost(extension, this.#failure)
      this.#leave(extension)
    })
  }

  async #settle(extension: Extension): Promise<void> {
    try {
      const fault = await extension.connected.signatures
      if (fault === undefined) {
        await this.#outcome.commit(extension)
      } else {
        this.#fail(fault)
        await this.#outcome.refused(extension, fault)
      }
    } catch (error) {
      this.#fail(error)
      this.#outcome.lost(extension, error)
    }
  }

  #fail(cause: unknown): void {
    this.#failures += 1
    this.#failure = cause
    this.#extensions.length = 0
  }

  #leave(extension: Extension): void {
    const at = this.#extensions.indexOf(extension)
    if (at >= 0) this.#extensions.splice(at, 1)
    this.#checks -= extension.connected.checks
    this.#bytes -= extension.block.bytes.length
    this.#ready?.()
    this.#ready = undefined
  }
}
