import { concatBytes, fromHex } from '../../src/base/bytes.ts'
import type { Dice } from './dice.ts'

/** Lengths and numbers as a liar would write them: varints, CompactSizes, integers at the edges of their types. */
const EXTREMES: readonly Uint8Array[] = [
  ...['00', '01', '7f', '80', 'fc', 'fd', 'fe', 'ff'],
  ...['8000', 'ff7f', 'ffff', 'ffff7f', '80808001', 'ffffff7f', 'ffffffff07', 'ffffffff0f'],
  ...['ffffffffffffffffff01', 'ffffffffffffffffff7f', '80808080808080808000'],
  ...['fd0000', 'fdfc00', 'fdfd00', 'fdffff', 'fe00000000', 'feffff0000', 'fe00093d00', 'feffffffff'],
  ...['ff0000000000000000', 'ff0000000001000000', 'ffffffffffffff1f00', 'ffffffffffffffffff'],
  ...['7fffffff', '80000000', 'ffffffff', '00000080', 'ffffff7f', '0000000000000080', 'ffffffffffffff7f'],
].map((hex) => fromHex(hex)!)

const MAX_REPEATS = 64
const MAX_NOISE = 48

type Mutation = (bytes: Uint8Array, dice: Dice, others: readonly Uint8Array[]) => Uint8Array

const place = (bytes: Uint8Array, dice: Dice): number => dice.below(bytes.length + 1)

function overwrite(bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes)
  out.set(by.subarray(0, out.length - at), at)
  return out
}

const insert = (bytes: Uint8Array, at: number, what: Uint8Array): Uint8Array =>
  concatBytes(bytes.subarray(0, at), what, bytes.subarray(at))

const noise = (dice: Dice): Uint8Array =>
  Uint8Array.from({ length: 1 + dice.below(MAX_NOISE) }, () => dice.below(256))

/** A part of the bytes, more often a short one. */
function part(bytes: Uint8Array, dice: Dice): readonly [from: number, to: number] {
  const from = place(bytes, dice)
  const longest = dice.once(4) ? bytes.length : 64
  return [from, Math.min(bytes.length, from + dice.below(longest + 1))]
}

const MUTATIONS: readonly Mutation[] = [
  // a bit
  (bytes, dice) => {
    const out = Uint8Array.from(bytes)
    if (out.length > 0) out[dice.below(out.length)]! ^= 1 << dice.below(8)
    return out
  },
  // a length, in place or pushed in
  (bytes, dice) => overwrite(bytes, place(bytes, dice), dice.pick(EXTREMES)),
  (bytes, dice) => insert(bytes, place(bytes, dice), dice.pick(EXTREMES)),
  // noise
  (bytes, dice) => overwrite(bytes, place(bytes, dice), noise(dice)),
  (bytes, dice) => insert(bytes, place(bytes, dice), noise(dice)),
  // cut off, at either end or in between
  (bytes, dice) => bytes.subarray(0, place(bytes, dice)),
  (bytes, dice) => bytes.subarray(place(bytes, dice)),
  (bytes, dice) => {
    const [from, to] = part(bytes, dice)
    return concatBytes(bytes.subarray(0, from), bytes.subarray(to))
  },
  // the beginning of one and the end of another
  (bytes, dice, others) => {
    const other = dice.pick(others)
    return concatBytes(bytes.subarray(0, place(bytes, dice)), other.subarray(place(other, dice)))
  },
  // a part again and again
  (bytes, dice) => {
    const [from, to] = part(bytes, dice)
    const times = 1 + dice.below(MAX_REPEATS)
    return insert(bytes, to, concatBytes(...Array<Uint8Array>(times).fill(bytes.subarray(from, to))))
  },
]

/**
 * A real message, changed one to four times as a seed has it; now and then it stays whole.
 *
 * @param others - what it may be spliced with
 * @param longest - what comes out has no more bytes than this
 */
export function mutate(
  message: Uint8Array,
  others: readonly Uint8Array[],
  dice: Dice,
  longest: number,
): Uint8Array {
  let bytes = message
  for (let changes = dice.below(5); changes > 0; changes--)
    bytes = dice.pick(MUTATIONS)(bytes, dice, others).subarray(0, longest)
  // In memory of its own: a decoder that reads beyond the end would find the rest of a view's buffer.
  return Uint8Array.from(bytes)
}
