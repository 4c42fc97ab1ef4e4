import { checkHeader } from '../../src/consensus/check-header.ts'
import { advanceSchedule, genesisSchedule, nextBits } from '../../src/consensus/difficulty.ts'
import { MEDIAN_TIME_SPAN } from '../../src/consensus/limits.ts'
import { medianTime } from '../../src/consensus/median-time.ts'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { targetOfBits } from '../../src/primitives/target.ts'
import { createSeededRandom } from './seeded-random.ts'

/** The hash rate from a moment on. */
export interface HashRatePhase {
  /** seconds after genesis */
  readonly from: number
  /** 1 mines a block each spacing at the target of genesis */
  readonly rate: number
}

/** What a dishonest miner writes into a header: the oldest time allowed, the latest, or both in turn. */
export type Timestamps = 'old' | 'future' | 'zigzag'

export interface Scenario {
  readonly parameters: NetworkParameters
  readonly seed: string
  /** the first of them from 0 on, the last of them for ever and not 0 */
  readonly hashRate?: readonly HashRatePhase[]
  /** the part of the hash rate that lies about the time, and how */
  readonly liars?: { readonly share: number; readonly timestamps: Timestamps }
}

/** A block as the simulation sees it. */
export interface SimulatedBlock {
  /** when it was found: seconds of true time after genesis */
  readonly at: number
  /** what its header says, Unix seconds */
  readonly time: number
}

/** `main` with a difficulty from which there is room to fall by 2^32, with or without its cap on gaps. */
export const simulatedNetwork = (gapCap: number | null): NetworkParameters =>
  makeNetwork({ ...BUILT_IN_NETWORKS.main, name: 'simulated', initialBits: 0x1a00ffff, gapCap })

const STEADY: readonly HashRatePhase[] = [{ from: 0, rate: 1 }]
/** resolution of a random fraction: above 0, below 1 */
const FRACTIONS = 2 ** 40

/** When a work of so many seconds at rate 1 that is begun at `from` is done. */
function doneAt(from: number, work: number, phases: readonly HashRatePhase[]): number {
  let at = from
  let left = work
  for (const [index, { rate }] of phases.entries()) {
    const end = phases[index + 1]?.from ?? Number.POSITIVE_INFINITY
    if (end <= at) continue
    if (left <= (end - at) * rate) return at + left / rate
    left -= (end - at) * rate
    at = end
  }
  throw new Error('the last phase of a hash rate has to go on for ever')
}

/**
 * Blocks of one chain without end, found at exponentially distributed times by miners with true clocks; the difficulty
 * and the rules on timestamps are those of consensus, and a block ahead of the clocks waits until it holds. No
 * propagation, no forks. The same for the same scenario.
 */
export function* simulateChain({
  parameters,
  seed,
  hashRate = STEADY,
  liars = { share: 0, timestamps: 'old' },
}: Scenario): Generator<SimulatedBlock, never> {
  const { genesisTime, futureLimit, spacing, gapCap } = parameters
  const random = createSeededRandom(seed)
  const fraction = (): number => (random.below(FRACTIONS) + 0.5) / FRACTIONS
  const anchor = Number(targetOfBits(parameters.initialBits))

  let schedule = genesisSchedule(genesisTime)
  let times = [genesisTime]
  let at = 0
  let lies = 0
  while (true) {
    const medianTimePast = medianTime(times)
    const bits = nextBits(parameters, schedule)
    const difficulty = anchor / Number(targetOfBits(bits))
    // Both are drawn for each block, so that scenarios with one seed have one run of luck.
    const lying = fraction() < liars.share
    at = doneAt(at, -Math.log(fraction()) * difficulty * spacing!, hashRate)

    const now = genesisTime + Math.floor(at)
    const late = liars.timestamps === 'future' || (liars.timestamps === 'zigzag' && lies % 2 === 1)
    if (lying) lies += 1
    const wanted = lying ? (late ? now + futureLimit : 0) : now
    // BIP113: a header's time is above the median of the last eleven.
    const time = Math.max(wanted, medianTimePast + 1)
    at = Math.max(at, time - futureLimit - genesisTime)

    const checked = checkHeader(
      { ...parameters.genesis.header, bits, time },
      { expectedBits: bits, medianTimePast, now: genesisTime + Math.floor(at) },
      parameters,
    )
    if (!checked.ok) throw new Error(`the simulation breaks the rule ${checked.error.code}`)
    schedule = advanceSchedule(schedule, time, gapCap)
    times = [...times.slice(1 - MEDIAN_TIME_SPAN), time]
    yield { at, time }
  }
}
