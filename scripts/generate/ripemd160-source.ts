/** RIPEMD-160 as its authors describe it (Dobbertin, Bosselaers and Preneel, 1996), for a message of 32 bytes. */

const RHO = [7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8]

/** By round, then by message word. */
const SHIFTS = [
  [11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8],
  [12, 13, 11, 15, 6, 9, 9, 7, 12, 15, 11, 13, 7, 8, 7, 7],
  [13, 15, 14, 11, 7, 7, 6, 8, 13, 14, 13, 12, 5, 5, 6, 9],
  [14, 11, 12, 14, 8, 6, 5, 5, 15, 12, 15, 14, 9, 9, 8, 6],
  [15, 12, 13, 13, 9, 5, 8, 6, 14, 11, 12, 11, 8, 6, 5, 5],
]

type Mix = (x: string, y: string, z: string) => string

/** The left line's, by round; the right line has them in reverse. */
const MIXES: readonly Mix[] = [
  (x, y, z) => `(${x} ^ ${y} ^ ${z})`,
  (x, y, z) => `(${z} ^ (${x} & (${y} ^ ${z})))`,
  (x, y, z) => `((${x} | ~${y}) ^ ${z})`,
  (x, y, z) => `(${y} ^ (${z} & (${x} ^ ${y})))`,
  (x, y, z) => `(${x} ^ (${y} | ~${z}))`,
]

interface Line {
  readonly variables: readonly string[]
  /** the message word of step `i` of the first round */
  readonly order: (i: number) => number
  readonly mixes: readonly Mix[]
  /** 2^30 times the square roots of 2, 3, 5 and 7 on the left, times their cube roots on the right */
  readonly constants: readonly number[]
}

const LEFT: Line = {
  variables: ['a', 'b', 'c', 'd', 'e'],
  order: (i) => i,
  mixes: MIXES,
  constants: [0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e],
}
const RIGHT: Line = {
  variables: ['v', 'w', 'x', 'y', 'z'],
  order: (i) => (9 * i + 5) % 16,
  mixes: MIXES.toReversed(),
  constants: [0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0],
}

const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]

function stepSource({ variables, order, mixes, constants }: Line, step: number): string {
  const round = step >> 4
  let word = order(step % 16)
  for (let i = 0; i < round; i++) word = RHO[word]!
  // Instead of moving five words by one place, the step that follows calls them by other names.
  const [a, b, c, d, e] = variables.map((_, i) => variables[(i + 4 * step) % 5]!)
  const mixed = mixes[round]!(b!, c!, d!)
  return `  ${a} = rotl<u32>(${a} + ${mixed} + m${word} + ${constants[round]}, ${SHIFTS[round]![word]}) + ${e}
  ${c} = rotl<u32>(${c}, 10)`
}

/** An AssemblyScript function: of the SHA-256 digest whose eight words are at `from`, the RIPEMD-160 goes to `to`. */
export function ripemd160Source(name: string, from: string, to: string): string {
  // The digest, the padding bit, zeros and the length of 256 bits, in the little-endian order of RIPEMD.
  const message = Array.from({ length: 16 }, (_, i) => {
    const word =
      i < 8 ? `bswap<u32>(load<u32>(${from}, ${4 * i}))` : i === 8 ? '0x80' : i === 14 ? '256' : '0'
    return `  const m${i}: u32 = ${word}`
  })
  const variables = [LEFT, RIGHT].flatMap((line) =>
    line.variables.map((variable, i) => `  let ${variable}: u32 = ${INITIAL[i]}`),
  )
  const steps = Array.from({ length: 80 }, (_, i) => [stepSource(LEFT, i), stepSource(RIGHT, i)]).flat()
  const results = INITIAL.map((_, i) => {
    const [left, right] = [LEFT.variables[(i + 2) % 5], RIGHT.variables[(i + 3) % 5]]
    return `  store<u32>(${to}, ${INITIAL[(i + 1) % 5]} + ${left} + ${right}, ${4 * i})`
  })
  return `export function ${name}(): void {
${[...message, ...variables, ...steps, ...results].join('\n')}
}`
}
