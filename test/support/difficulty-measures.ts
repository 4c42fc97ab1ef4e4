import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { type Scenario, simulateChain, type Timestamps } from './difficulty-simulation.ts'

/** Blocks over which an interval is averaged where it changes fast. */
const WINDOW = 20
/** What goes before the event that is looked at, in spacings: the difficulty has settled by then. */
const WARM_UP = 1_000

/** When the blocks of a scenario are found, in spacings after genesis, up to a moment. */
function* findTimes(scenario: Scenario, until: number): Generator<number> {
  const { spacing } = scenario.parameters
  for (const block of simulateChain(scenario)) {
    if (block.at > until * spacing!) return
    yield block.at / spacing!
  }
}

/** The mean interval of each `WINDOW` blocks in a row, with the moment at which they end. */
const windows = (found: readonly number[]): { readonly end: number; readonly interval: number }[] =>
  found.slice(WINDOW).map((end, i) => ({ end, interval: (end - found[i]!) / WINDOW }))

/** What the network does once it is back from being switched off; times in spacings. */
export interface AfterOff {
  /** within `watched` spacings */
  readonly blocks: number
  /** of any `WINDOW` blocks in a row */
  readonly fastestInterval: number
}

export function measureAfterOff(
  parameters: NetworkParameters,
  seed: string,
  { off, watched }: { readonly off: number; readonly watched: number },
): AfterOff {
  const back = WARM_UP + off
  const phases = [
    { from: 0, rate: 1 },
    { from: WARM_UP * parameters.spacing!, rate: 0 },
    { from: back * parameters.spacing!, rate: 1 },
  ]
  const found = [...findTimes({ parameters, seed, hashRate: phases }, back + watched)]
  const after = found.filter((at) => at >= back)
  return {
    blocks: after.length,
    fastestInterval: Math.min(...windows(after).map(({ interval }) => interval)),
  }
}

/** Spacings until `WINDOW` blocks in a row take at most twice as long as wanted, after the hash rate fell by `factor`. */
export function measureRecovery(parameters: NetworkParameters, seed: string, factor: number): number {
  const phases = [
    { from: 0, rate: 1 },
    { from: WARM_UP * parameters.spacing!, rate: 1 / factor },
  ]
  const slow: number[] = []
  for (const at of findTimes({ parameters, seed, hashRate: phases }, Number.POSITIVE_INFINITY)) {
    if (at < WARM_UP) continue
    slow.push(at)
    const last = windows(slow.slice(-WINDOW - 1))[0]
    if (last !== undefined && last.interval <= 2) return at - WARM_UP
  }
  throw new Error('a chain goes on for ever')
}

/** By how many percent liars change the mean interval, over so many blocks after the first of them. */
export function measureIntervalChange(
  parameters: NetworkParameters,
  seed: string,
  liars: { readonly share: number; readonly timestamps: Timestamps },
  blocks: number,
): number {
  let [count, from] = [0, 0]
  for (const { at } of simulateChain({ parameters, seed, liars })) {
    count += 1
    if (count === WARM_UP) from = at
    if (count === WARM_UP + blocks) return ((at - from) / blocks / parameters.spacing! - 1) * 100
  }
  throw new Error('a chain goes on for ever')
}

/** Blocks that are found in the first so many spacings where liars write old timestamps. */
export const countBlocks = (
  parameters: NetworkParameters,
  seed: string,
  share: number,
  spacings: number,
): number => [...findTimes({ parameters, seed, liars: { share, timestamps: 'old' } }, spacings)].length
