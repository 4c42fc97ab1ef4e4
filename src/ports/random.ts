/** Chance as an argument: from the operating system in a node, from a seed in a simulation. */
export interface Random {
  /** cryptographically strong in a node */
  bytes(length: number): Uint8Array
  /** a whole number of at least 0 and below `bound`; `bound` is at least 1 and at most 2^32 */
  below(bound: number): number
}

/** A shuffled copy (Fisher-Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const swap = out[i]!
    out[i] = out[j]!
    out[j] = swap
  }
  return out
}
