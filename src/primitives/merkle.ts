import { equalBytes } from '../base/bytes.ts'
import { type Digest, sha256d } from './hash.ts'

export interface MerkleResult {
  readonly root: Digest
  /** CVE-2012-2459: two equal neighbours, so that a list with repeated transactions has the same root */
  readonly mutated: boolean
}

/** Bitcoin's merkle root of one or more digests: an odd last one is paired with itself. */
export function merkleRoot(leaves: readonly Digest[]): MerkleResult {
  let level = leaves
  let mutated = false
  while (level.length > 1) {
    const next: Digest[] = []
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i]!
      const right = level[i + 1]
      if (right !== undefined && equalBytes(left, right)) mutated = true
      next.push(sha256d(left, right ?? left))
    }
    level = next
  }
  return { root: level[0] ?? new Uint8Array(32), mutated }
}
