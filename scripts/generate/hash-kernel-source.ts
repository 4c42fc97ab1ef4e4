import { ripemd160Source } from './ripemd160-source.ts'
import { INITIAL_STATE, ROUND_CONSTANTS } from './sha256-constants.ts'
import { rounds, SIGMA_FUNCTIONS, scheduled, toState } from './sha256-rounds.ts'
import { add, createStagedCode, job, laneCode, lanes, scalarCode } from './staged-code.ts'

const VARIABLES = [...'abcdefgh']
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `  ${line(i)}`).join('\n')

/** One block of one message: 64 rounds written out, with the message schedule in local variables. */
function compressSource(): string {
  const code = createStagedCode()
  const before = toState(VARIABLES.map(job))
  const message = Array.from({ length: 16 }, (_, i) =>
    code.name(job(`bswap<u32>(load<u32>(block, ${4 * i}))`)),
  )
  const after = rounds(code, before, message, 64)
  return `function compress(block: usize): void {
${lines(8, (i) => `const ${VARIABLES[i]} = load<u32>(STATE, ${4 * i})`)}
${code.beforeLoop.join('\n')}
${lines(8, (i) => `store<u32>(STATE, ${scalarCode(add(before[i]!, after[i]!))}, ${4 * i})`)}
}`
}

const UNROLLED = 8

/**
 * One block in each of four lanes, whose 16 words lie in SCHEDULE. Written out in full it is no faster than these two
 * loops, and six times as large.
 */
function compressLanesSource(): string {
  const code = createStagedCode()
  const word = (t: number) => lanes(`v128.load(w, ${16 * t})`)
  const next = scheduled(word(14), word(9), word(1), word(0))
  const message = Array.from({ length: UNROLLED }, (_, t) =>
    add(word(t), lanes(`v128.load32_splat(k, ${4 * t})`)),
  )
  const after = rounds(code, toState(VARIABLES.map(lanes)), message, UNROLLED, new Array(UNROLLED).fill(0))
  return `function compress_x4(): void {
  for (let w = SCHEDULE; w < SCHEDULE + ${16 * 48}; w += 16) v128.store(w, ${laneCode(next)}, ${16 * 16})
${lines(8, (i) => `let ${VARIABLES[i]} = v128.load(LANES, ${16 * i})`)}
  let k = CONSTANTS
  for (let w = SCHEDULE; w < SCHEDULE + ${16 * 64}; w += ${16 * UNROLLED}) {
${code.inLoop.join('\n')}
${lines(8, (i) => `  ${VARIABLES[i]} = ${laneCode(after[i]!)}`)}
    k += ${4 * UNROLLED}
  }
${lines(8, (i) => `v128.store(LANES, i32x4.add(v128.load(LANES, ${16 * i}), ${VARIABLES[i]}), ${16 * i})`)}
}`
}

/** How much of a message longer than that is put into memory at once, in bytes: whole blocks. */
export const INPUT_BYTES = 16_384

/** Messages of up to this many blocks are hashed in lanes. */
export const LANE_BLOCKS = 16

/** Rooms for four messages of one block, of two blocks, and so on. */
const LANE_BYTES = 4 * 64 * ((LANE_BLOCKS * (LANE_BLOCKS + 1)) / 2)

/**
 * AssemblyScript for SHA-256 and for Bitcoin's double SHA-256, of one message or of four at a time, and for the
 * RIPEMD-160 of a digest.
 *
 * - One message: its bytes are put at `input()`, `INPUT_BYTES` at most, and `finish(length, length, twice)` leaves the
 *   digest at `output()`. A longer one begins with `begin()`; each `INPUT_BYTES` of it are taken in by `absorb()`, and
 *   the `length` that remain by `finish(length, total, twice)`.
 * - After that, `ripemd160()` leaves the RIPEMD-160 of the digest there.
 * - Four messages of equally many blocks (`LANE_BLOCKS` at most), padded with `pad`, one after the other at an address
 *   within `rooms()`: `lanes(at, blocks)` leaves their double digests at `output()`.
 * - Pairs of digests at `input()`: `pairs(count)` puts the double digest of each pair in their place.
 */
export function hashKernelSource(): string {
  return `const CONSTANTS: usize = memory.data<u32>([${ROUND_CONSTANTS.join(', ')}])
const STATE: usize = memory.data(32, 16)
const LANES: usize = memory.data(128, 16)
const SCHEDULE: usize = memory.data(1024, 16)
const OUTPUT: usize = memory.data(128, 16)
const INPUT: usize = memory.data(${INPUT_BYTES + 128}, 16)
const ROOMS: usize = memory.data(${LANE_BYTES}, 16)

export function input(): usize { return INPUT }
export function output(): usize { return OUTPUT }
export function rooms(): usize { return ROOMS }

${SIGMA_FUNCTIONS}

${compressSource()}

export function begin(): void {
${lines(8, (i) => `store<u32>(STATE, ${INITIAL_STATE[i]}, ${4 * i})`)}
}

function compressAll(blocks: u32): void {
  for (let block = INPUT; block < INPUT + 64 * blocks; block += 64) compress(block)
}

export function absorb(): void { compressAll(${INPUT_BYTES / 64}) }

function writeDigest(at: usize): void {
  for (let i: usize = 0; i < 32; i += 4) store<u32>(at + i, bswap<u32>(load<u32>(STATE + i)))
}

// FIPS 180-4, 5.1.1: a bit, zeros, and the length of the whole message in bits. Says how many blocks there are now.
export function pad(at: usize, length: u32, total: u32): u32 {
  const blocks = (length + 72) >>> 6
  const end = at + 64 * blocks - 8
  let zero = at + length
  store<u8>(zero++, 0x80)
  while (zero & 7) store<u8>(zero++, 0)
  while (zero < end) { store<u64>(zero, 0); zero += 8 }
  store<u64>(end, bswap<u64>(u64(total) << 3))
  return blocks
}

export function finish(length: u32, total: u32, twice: bool): void {
  if (length == total) begin()
  compressAll(pad(INPUT, length, total))
  if (twice) {
    writeDigest(INPUT)
    begin()
    pad(INPUT, 32, 32)
    compress(INPUT)
  }
  writeDigest(OUTPUT)
}

${ripemd160Source('ripemd160', 'STATE', 'OUTPUT')}

${compressLanesSource()}

@inline function swapBytes_x4(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

// Words of four lanes in the place of four words of each lane, or the other way round.
function transpose(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const p = swapBytes_x4(v128.load(from))
  const q = swapBytes_x4(v128.load(from + fromStride))
  const r = swapBytes_x4(v128.load(from + 2 * fromStride))
  const s = swapBytes_x4(v128.load(from + 3 * fromStride))
  const pq0 = v128.shuffle<u32>(p, q, 0, 4, 1, 5)
  const pq1 = v128.shuffle<u32>(p, q, 2, 6, 3, 7)
  const rs0 = v128.shuffle<u32>(r, s, 0, 4, 1, 5)
  const rs1 = v128.shuffle<u32>(r, s, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<u64>(pq0, rs0, 0, 2))
  v128.store(to + toStride, v128.shuffle<u64>(pq0, rs0, 1, 3))
  v128.store(to + 2 * toStride, v128.shuffle<u64>(pq1, rs1, 0, 2))
  v128.store(to + 3 * toStride, v128.shuffle<u64>(pq1, rs1, 1, 3))
}

function readBlock_x4(at: usize, stride: usize): void {
  for (let i: usize = 0; i < 64; i += 16) transpose(at + i, stride, SCHEDULE + 4 * i, 16)
}

function begin_x4(): void {
${lines(8, (i) => `v128.store(LANES, i32x4.splat(${INITIAL_STATE[i]! | 0}), ${16 * i})`)}
}

// The end of a message that has so many words in its last block, in all lanes.
function pad_x4(words: usize, bits: u32): void {
  v128.store(SCHEDULE + 16 * words, i32x4.splat(0x80000000))
  for (let t = words + 1; t < 15; t++) v128.store(SCHEDULE + 16 * t, i32x4.splat(0))
  v128.store(SCHEDULE, i32x4.splat(bits), ${16 * 15})
}

// The second SHA-256, of the four digests in LANES, which is left at an address.
function hashAgain_x4(at: usize): void {
  for (let i: usize = 0; i < 128; i += 16) v128.store(SCHEDULE + i, v128.load(LANES + i))
  pad_x4(8, 256)
  begin_x4()
  compress_x4()
  transpose(LANES, 16, at, 32)
  transpose(LANES + 64, 16, at + 16, 32)
}

export function lanes(at: usize, blocks: u32): void {
  begin_x4()
  const stride: usize = 64 * blocks
  for (let i: usize = 0; i < stride; i += 64) {
    readBlock_x4(at + i, stride)
    compress_x4()
  }
  hashAgain_x4(OUTPUT)
}

export function pairs(count: u32): void {
  // Past the end there are pairs of something, whose digests nobody reads.
  for (let pair: u32 = 0; pair < count; pair += 4) {
    begin_x4()
    readBlock_x4(INPUT + 64 * pair, 64)
    compress_x4()
    pad_x4(0, 512)
    compress_x4()
    hashAgain_x4(INPUT + 32 * pair)
  }
}
`
}
