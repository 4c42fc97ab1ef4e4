import type { MempoolEntry } from '../ports/mempool.ts'

const NONE: readonly Pending[] = []

/** A pending transaction with the pending ones that it spends from and those that spend from it. */
export class Pending {
  readonly entry: MempoolEntry
  /** above that of everything it builds on */
  readonly sequence: number
  parents: readonly Pending[] = NONE
  children: readonly Pending[] = NONE
  /** of this one and all that builds on it */
  descendantCount = 1
  /** virtual bytes */
  descendantSize: number
  /** base units */
  descendantFees: number

  constructor(entry: MempoolEntry, sequence: number) {
    this.entry = entry
    this.sequence = sequence
    this.descendantSize = entry.virtualSize
    this.descendantFees = entry.fee
  }

  /** Base units a virtual byte, by itself. */
  get feeRate(): number {
    return this.entry.fee / this.entry.virtualSize
  }

  /** What is lost for each virtual byte where it goes: by itself or, where that is more, with all that builds on it. */
  get descendantScore(): number {
    return Math.max(this.feeRate, this.descendantFees / this.descendantSize)
  }
}

/** These and all that they build on, in no particular order. */
export function withAncestors(start: Iterable<Pending>): Set<Pending> {
  const found = new Set(start)
  for (const { parents } of found) for (const parent of parents) found.add(parent)
  return found
}

/** These and all that builds on them, parents first. */
export function withDescendants(start: Iterable<Pending>): Pending[] {
  const found = new Set(start)
  for (const { children } of found) for (const child of children) found.add(child)
  return [...found].sort((a, b) => a.sequence - b.sequence)
}
