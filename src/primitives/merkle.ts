import { concatBytes } from '../base/bytes.ts'
import { type Digest, HASH_BYTES, sha256dPairs } from './hash.ts'

export interface MerkleResult {
  readonly root: Digest
  /** CVE-2012-2459: two equal neighbours, so that a list with repeated transactions has the same root */
  readonly mutated: boolean
}

const PAIR_BYTES = 2 * HASH_BYTES

function hasEqualPair(level: Uint8Array): boolean {
  for (let pair = 0; pair + PAIR_BYTES <= level.length; pair += PAIR_BYTES) {
    let i = pair
    while (i < pair + HASH_BYTES && level[i] === level[i + HASH_BYTES]) i++
    if (i === pair + HASH_BYTES) return true
  }
  return false
}

/**
 * Bitcoin's merkle root: an odd last digest of a level is paired with itself.
 * @param leaves - one or more digests, one after the other
 */
export function merkleRoot(leaves: Uint8Array): MerkleResult {
  let level = leaves
  let mutated = false
  while (level.length > HASH_BYTES) {
    mutated ||= hasEqualPair(level)
    const isOdd = level.length % PAIR_BYTES !== 0
    level = sha256dPairs(isOdd ? concatBytes(level, level.subarray(-HASH_BYTES)) : level)
  }
  return { root: level, mutated }
}
