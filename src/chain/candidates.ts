import type { TreeEntry } from './header-tree.ts'

/** Linked blocks that may become the tip: those with more work than it has. */
export class Candidates {
  readonly #entries = new Set<TreeEntry>()

  add(entry: TreeEntry): void {
    this.#entries.add(entry)
  }

  drop(entry: TreeEntry): void {
    this.#entries.delete(entry)
  }

  /** The candidate with the most work above `tip`, the first seen of equals; the others that cannot win are let go. */
  best(tip: TreeEntry): TreeEntry | undefined {
    let best: TreeEntry | undefined
    for (const entry of this.#entries) {
      if (entry.failed || !entry.linked || entry.work <= tip.work) this.#entries.delete(entry)
      else if (best === undefined || entry.work > best.work || isEarlierEqual(entry, best)) best = entry
    }
    return best
  }
}

const isEarlierEqual = (a: TreeEntry, b: TreeEntry): boolean => a.work === b.work && a.sequence < b.sequence
