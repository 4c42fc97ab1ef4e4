import { ripemd160 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { HASH_BYTES, type HashEngine } from './hash-engine.ts'

/** The hashes in JavaScript: for engines without WebAssembly or its SIMD, and to test the kernel against. */
export const nobleEngine: HashEngine = {
  name: 'javascript',

  digest(parts, twice) {
    const hasher = sha256.create()
    for (const part of parts) hasher.update(part)
    const digest = hasher.digest()
    return twice ? sha256(digest) : digest
  },

  digestInto(out, at, source, start, end) {
    out.set(this.digest([source.subarray(start, end)], true), at)
  },

  hash160: (bytes) => ripemd160(sha256(bytes)),

  digestMany(source, messages) {
    const digests = new Uint8Array(HASH_BYTES * messages.length)
    for (const [index, ranges] of messages.entries()) {
      const parts = []
      for (let i = 0; i < ranges.length; i += 2) parts.push(source.subarray(ranges[i], ranges[i + 1]))
      digests.set(this.digest(parts, true), HASH_BYTES * index)
    }
    return digests
  },

  digestPairs(digests) {
    const out = new Uint8Array(digests.length / 2)
    for (let at = 0; at < out.length; at += HASH_BYTES)
      out.set(this.digest([digests.subarray(2 * at, 2 * at + 2 * HASH_BYTES)], true), at)
    return out
  },
}
