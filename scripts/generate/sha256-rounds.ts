import { ROUND_CONSTANTS } from './sha256-constants.ts'
import { add, and, apply, known, type StagedCode, type Word, xor } from './staged-code.ts'

const rotateRight = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

/** FIPS 180-4, 4.1.2: the four sigma functions as rotations, and a shift for those of the message schedule. */
const SIGMAS = {
  big0: { rotations: [2, 13, 22], shift: undefined },
  big1: { rotations: [6, 11, 25], shift: undefined },
  small0: { rotations: [7, 18], shift: 3 },
  small1: { rotations: [17, 19], shift: 10 },
} as const

type SigmaName = keyof typeof SIGMAS

function sigma(name: SigmaName, word: Word): Word {
  const { rotations, shift } = SIGMAS[name]
  const fold = (x: number): number =>
    rotations.reduce((out, n) => out ^ rotateRight(x, n), shift === undefined ? 0 : x >>> shift)
  return apply(name, fold, word)
}

function sigmaSource(name: SigmaName): string {
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

/** AssemblyScript for the functions that the rounds call, for a word and for a word in each of four lanes. */
export const SIGMA_FUNCTIONS: string = (Object.keys(SIGMAS) as SigmaName[]).map(sigmaSource).join('\n')

/** The working variables a to h. */
export type State = readonly [Word, Word, Word, Word, Word, Word, Word, Word]

export function toState(words: readonly Word[]): State {
  const [a, b, c, d, e, f, g, h] = words as State
  return [a, b, c, d, e, f, g, h]
}

/** FIPS 180-4, 6.2.2 step 1: the next word of the message schedule. */
export const scheduled = (t2: Word, t7: Word, t15: Word, t16: Word): Word =>
  add(sigma('small1', t2), t7, sigma('small0', t15), t16)

/**
 * FIPS 180-4, 6.2.2 steps 1 to 3: the state after so many rounds, not yet added to `initial`.
 * @param message - as many words as there are rounds, or 16, from which the others follow
 * @param constants - a round constant for each round; zeros where they have been added to the message already
 */
export function rounds(
  code: StagedCode,
  initial: State,
  message: readonly Word[],
  count: number,
  constants: readonly number[] = ROUND_CONSTANTS,
): State {
  const w = [...message]
  let [a, b, c, d, e, f, g, h] = initial
  // Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)), and this round's a ^ b is the next one's b ^ c.
  let bc = code.name(xor(b, c))
  for (let t = 0; t < count; t++) {
    w[t] ??= code.name(scheduled(w[t - 2]!, w[t - 7]!, w[t - 15]!, w[t - 16]!))
    const choice = xor(g, and(e, xor(f, g)))
    const sum = code.name(add(h, w[t]!, known(constants[t]!), choice, sigma('big1', e)))
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
export function padded(words: readonly Word[], bits: number): Word[] {
  const zeros = Array.from({ length: 14 - words.length }, () => known(0))
  return [...words, PADDING_BIT, ...zeros, known(bits)]
}
