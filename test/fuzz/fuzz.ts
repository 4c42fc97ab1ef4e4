import { toHex } from '../../src/base/bytes.ts'
import { errorMessage } from '../../src/base/errors.ts'
import type { Decoder } from './decoders.ts'
import { createDice } from './dice.ts'
import { mutate } from './mutation.ts'

/**
 * Bytes on the heap and outside that a decoder may take for each byte of its input: a list of one-byte items, two bytes
 * each on the wire, costs a view of some hundred bytes for each of them.
 */
export const MEMORY_FACTOR = 160
/** What any call may take besides: tables that are made on first use, and what the engine allocates in pages. */
export const MEMORY_SLACK = 1_000_000
/** Microseconds of the thread's CPU for each byte: 2 s for the largest block. */
export const CPU_FACTOR = 0.5
/** And for any call: a collection of garbage may fall into it. */
export const CPU_SLACK = 20_000
/** Who is over a bound has so many more chances: a compiler or a collector may have been at work. */
const SECOND_LOOKS = 4
/** One message in so many is of another kind altogether. */
const STRANGERS = 16

const MAX_SHOWN_BYTES = 4_096

export interface FuzzPlan {
  readonly seed: number
  /** that are to be tried, at least */
  readonly bytes: number
  /** real messages of this decoder, and those of all others */
  readonly seeds: readonly Uint8Array[]
  readonly strangers: readonly Uint8Array[]
}

export interface FuzzFigures {
  readonly inputs: number
  readonly bytes: number
  /** the most memory that one call took, over what its input explains */
  readonly mostMemory: number
  /** the most CPU that one call took, microseconds */
  readonly mostCpu: number
}

interface Cost {
  readonly memory: number
  /** microseconds */
  readonly cpu: number
}

/** An input that did what none may do. */
export class FuzzFailure extends Error {
  constructor({ name }: Decoder, seed: number, input: number, bytes: Uint8Array, what: string) {
    const shown = toHex(bytes.subarray(0, MAX_SHOWN_BYTES))
    const command = `FUZZ_SEED=${seed} npx vitest run --config test/vitest.config.ts test/fuzz -t '${name}'`
    super(`${name}, input ${input} of ${bytes.length} bytes: ${what}\nagain: ${command}\nbytes: ${shown}`)
    this.name = 'FuzzFailure'
  }
}

const allocated = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function costOf({ decode }: Decoder, bytes: Uint8Array): Cost {
  const memory = allocated()
  const from = process.threadCpuUsage()
  // Held until it has been measured.
  const held = decode(bytes)
  const { user, system } = process.threadCpuUsage(from)
  const grown = allocated() - memory
  return { memory: held === undefined ? grown : Math.max(0, grown), cpu: user + system }
}

/** Which bound a cost is over; undefined where it keeps to all of them. */
function excess({ memory, cpu }: Cost, length: number): string | undefined {
  if (memory > MEMORY_FACTOR * length + MEMORY_SLACK) return `takes ${memory} bytes of memory`
  if (cpu > CPU_FACTOR * length + CPU_SLACK) return `takes ${cpu} µs of CPU`
  return undefined
}

/** Feeds a decoder with changed messages until so many bytes have been tried. Throws a `FuzzFailure`. */
export function fuzz(decoder: Decoder, plan: FuzzPlan): FuzzFigures {
  const dice = createDice(plan.seed)
  const figures = { inputs: 0, bytes: 0, mostMemory: 0, mostCpu: 0 }
  while (figures.bytes < plan.bytes) {
    const from = dice.once(STRANGERS) ? plan.strangers : plan.seeds
    const bytes = mutate(dice.pick(from), dice.once(4) ? plan.strangers : plan.seeds, dice, decoder.longest)
    const fail = (what: string): never => {
      throw new FuzzFailure(decoder, plan.seed, figures.inputs, bytes, what)
    }
    const before = Uint8Array.from(bytes)
    let cost = attempt(decoder, bytes, fail)
    for (let look = 0; look < SECOND_LOOKS && excess(cost, bytes.length) !== undefined; look++)
      cost = attempt(decoder, bytes, fail)
    const broken = excess(cost, bytes.length)
    if (broken !== undefined) fail(broken)
    if (!isSame(before, bytes)) fail('the input has been changed')
    figures.inputs += 1
    // An empty message is a try, too.
    figures.bytes += Math.max(1, bytes.length)
    figures.mostMemory = Math.max(figures.mostMemory, cost.memory)
    figures.mostCpu = Math.max(figures.mostCpu, cost.cpu)
  }
  return figures
}

function attempt(decoder: Decoder, bytes: Uint8Array, fail: (what: string) => never): Cost {
  try {
    return costOf(decoder, bytes)
  } catch (error) {
    return fail(`throws ${errorMessage(error)}\n${(error as Error).stack ?? ''}`)
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
