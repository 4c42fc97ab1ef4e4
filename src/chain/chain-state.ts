import type { NetworkParameters } from '../consensus/parameters.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { CoinsCache } from './coins-cache.ts'
import { HeaderTree, type TreeEntry } from './header-tree.ts'
import { Path } from './path.ts'

/** As in Bitcoin Core: a branch that falls behind by no more may be stored as soon as a peer shows it. */
const THRESHOLD_BLOCKS = 144n

/** What the chain keeps in memory: all headers, the two paths through them that matter, and the coins as of the tip. */
export class ChainState {
  readonly parameters: NetworkParameters
  readonly tree: HeaderTree
  /** the connected best chain */
  readonly path: Path
  readonly cache: CoinsCache
  readonly #minimumWork: bigint
  /** the way to the header whose missing bodies were asked for last */
  readonly #wanted: Path
  /** no body is missing on that way below this height */
  #lowestMissing = 0

  /** @param minimumWork - no chain of peers with less is worth storing */
  constructor(parameters: NetworkParameters, cache: CoinsCache, minimumWork: bigint) {
    this.parameters = parameters
    this.#minimumWork = minimumWork
    this.tree = new HeaderTree(parameters)
    this.path = new Path(this.tree.genesis)
    this.cache = cache
    this.#wanted = new Path(this.tree.genesis)
  }

  /** See `ChainView`. */
  workThreshold(): bigint {
    const { tip } = this.path
    const nearTip = tip.work - THRESHOLD_BLOCKS * (tip.work - (tip.parent?.work ?? 0n))
    return nearTip > this.#minimumWork ? nearTip : this.#minimumWork
  }

  /** To be called when a body that had arrived could not be kept. */
  bodyLost(entry: TreeEntry): void {
    this.tree.bodyLost(entry)
    this.#lowestMissing = Math.min(this.#lowestMissing, entry.height)
  }

  /** Up to `max` hashes without a body on the way to `goal`, lowest first. */
  missingBodies(max: number, goal: TreeEntry): BlockHash[] {
    this.#lowestMissing = Math.min(this.#lowestMissing, this.#wanted.forkWith(goal).height)
    this.#wanted.setTip(goal)
    let lowest = this.#lowestMissing
    while (this.#wanted.at(lowest)?.linked) lowest += 1
    this.#lowestMissing = lowest
    const hashes: BlockHash[] = []
    for (let height = lowest; hashes.length < max; height++) {
      const entry = this.#wanted.at(height)
      if (entry === undefined) break
      if (!entry.hasBody) hashes.push(entry.hash)
    }
    return hashes
  }
}
