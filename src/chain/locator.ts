import type { BlockHash } from '../primitives/hash.ts'
import type { TreeEntry } from './header-tree.ts'
import type { Path } from './path.ts'

/** Entries that stand next to each other at the start of a locator. */
const DENSE = 10

/** Bitcoin's block locator: ten hashes in a row from `from` down, then at distances that double, and genesis. */
export function makeLocator(from: TreeEntry): BlockHash[] {
  const hashes: BlockHash[] = []
  let entry: TreeEntry = from
  let step = 1
  while (true) {
    hashes.push(entry.hash)
    if (entry.parent === undefined) return hashes
    if (hashes.length >= DENSE) step *= 2
    for (let i = 0; i < step && entry.parent !== undefined; i++) entry = entry.parent
  }
}

/** The first entry that a locator names on the path; genesis where it names none. */
export function locate(
  locator: readonly BlockHash[],
  path: Path,
  find: (hash: BlockHash) => TreeEntry | undefined,
): TreeEntry {
  for (const hash of locator) {
    const entry = find(hash)
    if (entry !== undefined && path.contains(entry)) return entry
  }
  return path.at(0)!
}
