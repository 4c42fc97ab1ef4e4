import { CairnError, invariant } from '../base/errors.ts'
import { err, OK, type Result } from '../base/result.ts'
import { disconnectBlock } from '../consensus/connect-block.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { ChainStore } from '../storage/chain-store.ts'
import type { CoinsCache } from './coins-cache.ts'
import { CoinsOverlay } from './coins-overlay.ts'
import { type ConnectDependencies, connect } from './connect.ts'
import type { TreeEntry } from './header-tree.ts'
import type { Path } from './path.ts'

/** Why a block cannot be taken off the chain: what it spent is not known any more. */
export const prunedBlock = ({ hash, height }: TreeEntry): CairnError =>
  new CairnError(
    'block-pruned',
    `block ${hash} at height ${height} has been pruned: it cannot be taken back`,
    {
      hash,
      height,
    },
  )

/** Coin changes, and bytes of blocks, that are held in memory before a long move is made in part. */
const MAX_COINS = 200_000
const MAX_BYTES = 16_000_000

export interface Leaving {
  readonly entry: TreeEntry
  readonly block: Block
}

export interface Joining extends Leaving {
  readonly undo: readonly Coin[]
}

/**
 * A move from one tip towards another that is worked out over the coins as of the tip: blocks leave, blocks join, and
 * nothing changes until the whole is known to hold. Dropped, it leaves no trace.
 */
export class Branch {
  readonly overlay = new CoinsOverlay()
  readonly disconnected: Leaving[] = []
  readonly connected: Joining[] = []
  /** of the blocks that leave and join, all of which are in memory */
  bytes = 0
  readonly #path: Path
  readonly #cache: CoinsCache
  readonly #store: ChainStore
  readonly #dependencies: ConnectDependencies

  /** @param path - the connected chain that the move starts from; it stays as it is until the move is made */
  constructor(path: Path, cache: CoinsCache, store: ChainStore, dependencies: ConnectDependencies) {
    this.#path = path
    this.#cache = cache
    this.#store = store
    this.#dependencies = dependencies
  }

  /** The entry at a height below the block that is being connected: a look-up, since hostile locks ask for many. */
  #ancestorAt(height: number): TreeEntry {
    const first = this.connected[0]?.entry.height
    const entry =
      first === undefined || height < first ? this.#path.at(height) : this.connected[height - first]?.entry
    invariant(entry !== undefined, 'a lock looks back')
    return entry
  }

  /** Whether it takes so much memory that it should be made in part. */
  get isFull(): boolean {
    return this.overlay.size >= MAX_COINS || this.bytes >= MAX_BYTES
  }

  /** Takes the block at the end off again. */
  async disconnect(entry: TreeEntry): Promise<void> {
    if (entry.pruned) throw prunedBlock(entry)
    const [block, undo] = await Promise.all([this.#store.block(entry.hash), this.#store.undo(entry.hash)])
    this.overlay.apply(disconnectBlock(block, undo, entry.height))
    this.disconnected.push({ entry, block })
    this.bytes += block.bytes.length
  }

  /** Puts a block that `checkBlock` has passed on the end, with every check on its inputs. */
  async connect(entry: TreeEntry, block: Block): Promise<Result<undefined, RuleViolation>> {
    const outcome = await connect(
      entry,
      block,
      {
        layers: [this.overlay],
        cache: this.#cache,
        ancestorAt: (height) => this.#ancestorAt(height),
      },
      this.#dependencies,
    )
    if (!outcome.ok) return outcome
    const fault = await outcome.value.signatures
    if (fault !== undefined) return err(fault)
    this.overlay.apply(outcome.value)
    this.connected.push({ entry, block, undo: outcome.value.undo })
    this.bytes += block.bytes.length
    return OK
  }
}
