import { invariant } from '../base/errors.ts'
import { instantiateWasm } from '../base/wasm.ts'
import { type BlockHash, sha256d, toHashId } from '../primitives/hash.ts'
import { HEADER_BYTES } from '../primitives/header.ts'
import { hashValue } from '../primitives/target.ts'
import { NONCE_KERNEL } from './gen/nonce-kernel.ts'

/** How many nonces a header has: 32 bits. */
export const NONCE_SPACE = 2 ** 32

const NONCE_OFFSET = 76
const LANES = 4

export interface NonceRange {
  /** 80 bytes; the nonce field is ignored */
  readonly header: Uint8Array
  /** the hash as a number has to be at most this */
  readonly target: bigint
  /** the first nonce to try */
  readonly start: number
  /** how many to try; `start + count` is at most 2^32 */
  readonly count: number
}

export interface NonceKernel {
  /** The lowest nonce of the range that solves the header, or undefined where none does. */
  scan(range: NonceRange): number | undefined
}

interface KernelExports {
  readonly memory: WebAssembly.Memory
  header(): number
  scan(start: number, groups: number, limit: number): number
}

/** The most significant 32 bits of the target: what the kernel compares with. */
function topWord(target: bigint): number {
  const word = target >> 224n
  return word > 0xffff_ffffn ? 0xffff_ffff : Number(word)
}

/** Whether the header's double SHA-256, as a number, is at most the target. */
function isSolved(header: Uint8Array, target: bigint): boolean {
  return hashValue(toHashId<BlockHash>(sha256d(header))) <= target
}

/**
 * The nonce search of one thread: four-lane SIMD WebAssembly (scripts/generate/nonce-kernel.ts), compiled here and
 * now. A scan blocks its thread until it is through.
 */
export function createNonceKernel(): NonceKernel {
  const wasm = instantiateWasm<KernelExports>(NONCE_KERNEL)
  const input = new Uint8Array(wasm.memory.buffer, wasm.header(), HEADER_BYTES)
  return {
    scan({ header, target, start, count }) {
      invariant(header.length === HEADER_BYTES, 'a header has 80 bytes')
      invariant(Number.isInteger(start) && start >= 0, 'start is a whole number')
      invariant(Number.isInteger(count) && count >= 0, 'count is a whole number')
      invariant(start + count <= NONCE_SPACE, 'the range lies within the nonce space')

      const limit = topWord(target)
      const end = start + count
      const solution = header.slice()
      const nonceField = new DataView(solution.buffer, NONCE_OFFSET)
      input.set(header)
      let at = start
      while (at < end) {
        const found = wasm.scan(at, Math.ceil((end - at) / LANES), limit)
        // The last group may reach beyond the range, and beyond 2^32 into the lowest nonces.
        if (found < at || found >= end) return undefined
        nonceField.setUint32(0, found, true)
        if (isSolved(solution, target)) return found
        // Its first word equals the limit's and one of the others is above it.
        at = found + 1
      }
      return undefined
    },
  }
}
