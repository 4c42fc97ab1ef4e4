import { instantiateWasm } from '../base/wasm.ts'
import { HASH_KERNEL } from './gen/hash-kernel.ts'
import { type Digest, HASH_BYTES, type HashEngine, type Ranges } from './hash-engine.ts'

/** As the kernel has them (scripts/generate/hash-kernel-source.ts). */
const INPUT_BYTES = 16_384
const LANE_BLOCKS = 16
const LANES = 4
const BLOCK_BYTES = 64
const HASH160_BYTES = 20

/** So many bytes are copied one by one: a view of them would cost more. */
const SHORT_BYTES = 512

function copyRange(source: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void {
  if (end - start > SHORT_BYTES) out.set(source.subarray(start, end), at)
  else for (let from = start, to = at; from < end; from++, to++) out[to] = source[from]!
}

interface KernelExports {
  readonly memory: WebAssembly.Memory
  input(): number
  output(): number
  rooms(): number
  begin(): void
  absorb(): void
  pad(at: number, length: number, total: number): number
  finish(length: number, total: number, twice: boolean): void
  ripemd160(): void
  lanes(at: number, blocks: number): void
  pairs(count: number): void
}

/** Undefined where there is no WebAssembly, no SIMD in it, or no leave to compile it here and now. */
function instantiate(): KernelExports | undefined {
  try {
    return instantiateWasm<KernelExports>(HASH_KERNEL)
  } catch {
    return undefined
  }
}

/** Blocks that a message of so many bytes has with its padding. */
const blocksOf = (length: number): number => (length + 72) >>> 6

/** Where the room of a lane begins: those for four messages of one block come first, then those of two, and so on. */
const roomOf = (blocks: number, lane: number): number =>
  BLOCK_BYTES * blocks * (lane + (LANES * (blocks - 1)) / 2)

function lengthOf(ranges: Ranges): number {
  let length = 0
  for (let i = 0; i < ranges.length; i += 2) length += ranges[i + 1]! - ranges[i]!
  return length
}

function partsOf(source: Uint8Array, ranges: Ranges): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let i = 0; i < ranges.length; i += 2) parts.push(source.subarray(ranges[i], ranges[i + 1]))
  return parts
}

function drive(wasm: KernelExports): HashEngine {
  const memory = new Uint8Array(wasm.memory.buffer)
  const [input, rooms] = [wasm.input(), wasm.rooms()]
  const output = wasm.output()
  const single = memory.subarray(output, output + HASH_BYTES)
  const short = single.subarray(0, HASH160_BYTES)

  /** Leaves the digest where the kernel puts it. */
  function run(parts: readonly Uint8Array[], twice: boolean): void {
    let filled = 0
    let absorbed = 0
    for (const part of parts) {
      let from = 0
      while (part.length - from > INPUT_BYTES - filled) {
        const to = from + INPUT_BYTES - filled
        memory.set(part.subarray(from, to), input + filled)
        if (absorbed === 0) wasm.begin()
        wasm.absorb()
        absorbed += INPUT_BYTES
        filled = 0
        from = to
      }
      memory.set(from === 0 ? part : part.subarray(from), input + filled)
      filled += part.length - from
    }
    wasm.finish(filled, absorbed + filled, twice)
  }

  function digest(parts: readonly Uint8Array[], twice: boolean): Digest {
    run(parts, twice)
    return new Uint8Array(single)
  }

  function digestInto(out: Uint8Array, at: number, source: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length > INPUT_BYTES) run([source.subarray(start, end)], true)
    else {
      copyRange(source, start, end, memory, input)
      wasm.finish(length, length, true)
    }
    copyRange(memory, output, output + HASH_BYTES, out, at)
  }

  function hash160(bytes: Uint8Array): Uint8Array {
    if (bytes.length > INPUT_BYTES) run([bytes], false)
    else {
      copyRange(bytes, 0, bytes.length, memory, input)
      wasm.finish(bytes.length, bytes.length, false)
    }
    wasm.ripemd160()
    return new Uint8Array(short)
  }

  function digestMany(source: Uint8Array, messages: readonly Ranges[]): Uint8Array {
    const digests = new Uint8Array(HASH_BYTES * messages.length)
    const alone = (index: number): void =>
      digests.set(digest(partsOf(source, messages[index]!), true), HASH_BYTES * index)
    if (messages.length < LANES) {
      for (const index of messages.keys()) alone(index)
      return digests
    }
    const runLanes = (blocks: number, group: number[]): void => {
      wasm.lanes(rooms + roomOf(blocks, 0), blocks)
      for (let lane = 0; lane < group.length; lane++) {
        const from = output + HASH_BYTES * lane
        copyRange(memory, from, from + HASH_BYTES, digests, HASH_BYTES * group[lane]!)
      }
      group.length = 0
    }
    // By number of blocks, the messages in the lanes that wait until there are four of them.
    const waiting: number[][] = Array.from({ length: LANE_BLOCKS + 1 }, () => [])

    for (let index = 0; index < messages.length; index++) {
      const ranges = messages[index]!
      const length = lengthOf(ranges)
      const blocks = blocksOf(length)
      if (blocks > LANE_BLOCKS) {
        alone(index)
        continue
      }
      const group = waiting[blocks]!
      const lane = group.push(index) - 1
      let at = rooms + roomOf(blocks, lane)
      wasm.pad(at, length, length)
      for (let i = 0; i < ranges.length; i += 2) {
        copyRange(source, ranges[i]!, ranges[i + 1]!, memory, at)
        at += ranges[i + 1]! - ranges[i]!
      }
      if (group.length === LANES) runLanes(blocks, group)
    }
    for (const [blocks, group] of waiting.entries()) {
      // Four lanes take as long as two messages one after the other.
      if (group.length > 1) runLanes(blocks, group)
      else group.forEach(alone)
    }
    return digests
  }

  function digestPairs(digests: Uint8Array): Uint8Array {
    const out = new Uint8Array(digests.length / 2)
    for (let at = 0; at < digests.length; at += INPUT_BYTES) {
      const slice = digests.subarray(at, at + INPUT_BYTES)
      memory.set(slice, input)
      wasm.pairs(slice.length / (2 * HASH_BYTES))
      out.set(memory.subarray(input, input + slice.length / 2), at / 2)
    }
    return out
  }

  return { name: 'wasm-simd', digest, digestInto, hash160, digestMany, digestPairs }
}

/**
 * The hashes in WebAssembly (scripts/generate/hash-kernel-source.ts), compiled here and now. Its memory is of a fixed
 * size: longer messages go through it in pieces. Undefined where the engine cannot run it.
 */
export function createHashKernel(): HashEngine | undefined {
  const wasm = instantiate()
  return wasm && drive(wasm)
}
