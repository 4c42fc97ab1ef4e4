import { invariant } from '../base/errors.ts'
import type { TreeEntry } from './header-tree.ts'

/** One branch of the tree from genesis to a tip, by height. */
export class Path {
  readonly #entries: TreeEntry[]

  constructor(genesis: TreeEntry) {
    this.#entries = [genesis]
  }

  get tip(): TreeEntry {
    return this.#entries[this.#entries.length - 1]!
  }

  at(height: number): TreeEntry | undefined {
    return this.#entries[height]
  }

  contains(entry: TreeEntry): boolean {
    return this.#entries[entry.height] === entry
  }

  /** The last entry that lies on this path and on the one to `entry`. */
  forkWith(entry: TreeEntry): TreeEntry {
    let at = entry
    while (!this.contains(at)) {
      invariant(at.parent !== undefined, 'every path begins at genesis')
      at = at.parent
    }
    return at
  }

  /** The entries after `fork`, which is on this path, up to `entry`, lowest first. */
  static between(fork: TreeEntry, entry: TreeEntry): TreeEntry[] {
    const entries: TreeEntry[] = []
    for (let at = entry; at !== fork; at = at.parent!) entries.push(at)
    return entries.reverse()
  }

  setTip(entry: TreeEntry): void {
    const fork = this.forkWith(entry)
    this.#entries.length = fork.height + 1
    for (const each of Path.between(fork, entry)) this.#entries.push(each)
  }
}
