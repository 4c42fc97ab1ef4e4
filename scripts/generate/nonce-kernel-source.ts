import { INITIAL_STATE, ROUND_CONSTANTS } from './sha256-constants.ts'
import {
  add,
  and,
  apply,
  createStagedCode,
  job,
  known,
  laneCode,
  lanes,
  type StagedCode,
  type Word,
  xor,
} from './staged-code.ts'

const rotateRight = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

/** FIPS 180-4, 4.1.2: the four sigma functions as rotations, and a shift for those of the message schedule. */
const SIGMAS = {
  big0: { rotations: [2, 13, 22], shift: undefined },
  big1: { rotations: [6, 11, 25], shift: undefined },
  small0: { rotations: [7, 18], shift: 3 },
  small1: { rotations: [17, 19], shift: 10 },
} as const

function sigma(name: keyof typeof SIGMAS, word: Word): Word {
  const { rotations, shift } = SIGMAS[name]
  const fold = (x: number): number =>
    rotations.reduce((out, n) => out ^ rotateRight(x, n), shift === undefined ? 0 : x >>> shift)
  return apply(name, fold, word)
}

function sigmaSource(name: keyof typeof SIGMAS): string {
  const { rotations, shift } = SIGMAS[name]
  const scalar = rotations.map((n) => `rotr<u32>(x, ${n})`)
  const vector = rotations.map((n) => `v128.or(i32x4.shr_u(x, ${n}), i32x4.shl(x, ${32 - n}))`)
  if (shift !== undefined) {
    scalar.push(`(x >>> ${shift})`)
    vector.push(`i32x4.shr_u(x, ${shift})`)
  }
  return `@inline function ${name}(x: u32): u32 { return ${scalar.join(' ^ ')} }
@inline function ${name}_x4(x: v128): v128 { return ${vector.reduce((a, b) => `v128.xor(${a}, ${b})`)} }`
}

type State = readonly [Word, Word, Word, Word, Word, Word, Word, Word]

const toState = (words: readonly Word[]): State => {
  const [a, b, c, d, e, f, g, h] = words as State
  return [a, b, c, d, e, f, g, h]
}

/** FIPS 180-4, 6.2.2 steps 1 to 3: the state after so many rounds over 16 message words, not yet added to `initial`. */
function rounds(code: StagedCode, initial: State, message: readonly Word[], count: number): State {
  const w = [...message]
  let [a, b, c, d, e, f, g, h] = initial
  // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and this round's a ^ b is the next one's b ^ c.
  let bc = code.name(xor(b, c))
  for (let t = 0; t < count; t++) {
    if (t >= 16)
      w[t] = code.name(add(sigma('small1', w[t - 2]!), w[t - 7]!, sigma('small0', w[t - 15]!), w[t - 16]!))
    const choice = xor(g, and(e, xor(f, g)))
    const sum = code.name(add(h, w[t]!, known(ROUND_CONSTANTS[t]!), choice, sigma('big1', e)))
    const ab = code.name(xor(a, b))
    const majority = xor(b, and(ab, bc))
    const next = code.name(add(sum, sigma('big0', a), majority))
    h = g
    g = f
    f = e
    e = code.name(add(d, sum))
    d = c
    c = b
    b = a
    a = next
    bc = ab
  }
  return [a, b, c, d, e, f, g, h]
}

const PADDING_BIT = known(0x8000_0000)

/** A message's last block: its words, the padding bit, zeros and the message's length in bits. */
function padded(words: readonly Word[], bits: number): Word[] {
  const zeros = Array.from({ length: 14 - words.length }, () => known(0))
  return [...words, PADDING_BIT, ...zeros, known(bits)]
}

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

  const sigmas = Object.keys(SIGMAS) as (keyof typeof SIGMAS)[]

  return `const HEADER: usize = memory.data(80)

export function header(): usize { return HEADER }

${sigmas.map(sigmaSource).join('\n')}
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
