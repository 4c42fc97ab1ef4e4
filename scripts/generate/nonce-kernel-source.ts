import { INITIAL_STATE } from './sha256-constants.ts'
import { padded, rounds, SIGMA_FUNCTIONS, type State, toState } from './sha256-rounds.ts'
import { add, createStagedCode, job, known, laneCode, lanes, type Word } from './staged-code.ts'

/**
 * AssemblyScript for the double SHA-256 of a block header with four nonces at a time.
 *
 * `header()` is where the header's 80 bytes are to be put. `scan(start, groups, limit)` tries `groups` times four
 * nonces from `start` on, modulo 2^32, and returns the first whose hash has a most significant word of at most `limit`
 * (the other seven are left to the caller), or -1.
 */
export function nonceKernelSource(): string {
  const code = createStagedCode()
  const initial = toState(INITIAL_STATE.map(known))
  const header = Array.from({ length: 19 }, (_, i) =>
    code.name(job(`bswap<u32>(load<u32>(HEADER, ${4 * i}))`)),
  )

  const chain = (state: State, message: readonly Word[]): State => {
    const after = rounds(code, state, message, 64)
    return toState(after.map((word, i) => code.name(add(word, state[i]!))))
  }
  const midstate = chain(initial, header.slice(0, 16))
  const first = chain(midstate, padded([...header.slice(16), lanes('nonces')], 640))
  // The hash's most significant word is the last that SHA-256 puts out: the state's h, which is e three rounds before.
  const [, , , , e] = rounds(code, initial, padded(first, 256), 61)
  const top = add(e, known(INITIAL_STATE[7]!))

  return `const HEADER: usize = memory.data(80)

export function header(): usize { return HEADER }

${SIGMA_FUNCTIONS}
@inline function swapBytes_x4(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

export function scan(start: u32, groups: u32, limit: u32): f64 {
${code.beforeLoop.join('\n')}
  const limits: v128 = i32x4.splat(limit)
  let nonce: u32 = start
  while (groups > 0) {
    const nonces: v128 = swapBytes_x4(i32x4.add(i32x4.splat(nonce), i32x4(0, 1, 2, 3)))
${code.inLoop.join('\n')}
    const hits: i32 = i32x4.bitmask(i32x4.le_u(swapBytes_x4(${laneCode(top)}), limits))
    if (hits) return f64(nonce + u32(ctz(hits)))
    nonce += 4
    groups -= 1
  }
  return -1
}
`
}
