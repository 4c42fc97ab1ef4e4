import { invariant } from '../base/errors.ts'
import { ok, type Result } from '../base/result.ts'
import { type ConnectedBlock, connectBlock, disconnectBlock } from '../consensus/connect-block.ts'
import type { LockContext } from '../consensus/locktime.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import { broken, type RuleViolation } from '../consensus/rules.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { ChainStore } from '../storage/chain-store.ts'
import { CoinsOverlay } from './coins-overlay.ts'
import type { TreeEntry } from './header-tree.ts'
import type { Path } from './path.ts'

export interface Leaving {
  readonly entry: TreeEntry
  readonly block: Block
}

export interface Joining extends Leaving {
  readonly undo: readonly Coin[]
}

/**
 * A move from one tip towards another that is worked out in memory over the coins on disk: blocks leave, blocks join,
 * and nothing is written until the whole is. Dropped, it leaves no trace.
 */
export class Branch {
  readonly overlay: CoinsOverlay
  readonly disconnected: Leaving[] = []
  readonly connected: Joining[] = []
  readonly #path: Path
  readonly #store: ChainStore
  readonly #signatures: Signatures
  readonly #parameters: NetworkParameters

  /** @param path - the connected chain that the move starts from; it stays as it is until the move is written */
  constructor(path: Path, store: ChainStore, signatures: Signatures, parameters: NetworkParameters) {
    this.#path = path
    this.overlay = new CoinsOverlay(store)
    this.#store = store
    this.#signatures = signatures
    this.#parameters = parameters
  }

  /** The entry at a height below the block that is being connected: a look-up, since hostile locks ask for many. */
  #ancestorAt(height: number): TreeEntry {
    const first = this.connected[0]?.entry.height
    const entry =
      first === undefined || height < first ? this.#path.at(height) : this.connected[height - first]?.entry
    invariant(entry !== undefined, 'a lock looks back')
    return entry
  }

  /** Takes the block at the end off again. */
  async disconnect(entry: TreeEntry): Promise<void> {
    const [block, undo] = await Promise.all([this.#store.block(entry.hash), this.#store.undo(entry.hash)])
    const before = await this.overlay.fetch(outPointsMade(block))
    this.overlay.apply(disconnectBlock(block, undo), before)
    this.disconnected.push({ entry, block })
  }

  /** Puts a block that `checkBlock` has passed on the end, with every check on its inputs. */
  async connect(entry: TreeEntry, block: Block): Promise<Result<undefined, RuleViolation>> {
    const before = await this.overlay.fetchInputs(block)
    const context: LockContext = {
      height: entry.height,
      medianTimePast: entry.parent!.medianTimePast,
      medianTimePastAt: (height) => this.#ancestorAt(height).medianTimePast,
    }
    const outcome: Result<ConnectedBlock, RuleViolation> = connectBlock(
      block,
      before,
      context,
      this.#parameters,
    )
    if (!outcome.ok) return outcome
    const invalid = await this.#signatures.firstInvalid(outcome.value.checks)
    if (invalid !== undefined) return broken('signature-invalid', { check: invalid })
    this.overlay.apply(outcome.value, before)
    this.connected.push({ entry, block, undo: outcome.value.undo })
    return ok(undefined)
  }
}

function outPointsMade(block: Block): OutPoint[] {
  return block.transactions.flatMap((tx) => tx.outputs.map((_, vout) => ({ txid: tx.txid, vout })))
}
