import type { NetworkParameters } from '../consensus/parameters.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { CoinsCache } from './coins-cache.ts'
import { HeaderTree, type TreeEntry } from './header-tree.ts'
import { Path } from './path.ts'

/** What the chain keeps in memory: all headers, the two paths through them that matter, and the coins as of the tip. */
export class ChainState {
  readonly parameters: NetworkParameters
  readonly tree: HeaderTree
  /** the connected best chain */
  readonly path: Path
  readonly cache: CoinsCache
  /** the way to the best header */
  readonly #headerPath: Path
  /** no body is missing on the header path below this height */
  #lowestMissing = 0

  constructor(parameters: NetworkParameters, cache: CoinsCache) {
    this.parameters = parameters
    this.tree = new HeaderTree(parameters)
    this.path = new Path(this.tree.genesis)
    this.cache = cache
    this.#headerPath = new Path(this.tree.genesis)
  }

  /** To be called when the best header may be another one. */
  headersChanged(): void {
    const fork = this.#headerPath.forkWith(this.tree.best)
    this.#headerPath.setTip(this.tree.best)
    this.#lowestMissing = Math.min(this.#lowestMissing, fork.height)
  }

  /** To be called when a body that had arrived could not be kept. */
  bodyLost(entry: TreeEntry): void {
    this.tree.bodyLost(entry)
    this.#lowestMissing = Math.min(this.#lowestMissing, entry.height)
  }

  /** Up to `max` hashes without a body on the way to the best header, lowest first. */
  missingBodies(max: number): BlockHash[] {
    let lowest = this.#lowestMissing
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
}
