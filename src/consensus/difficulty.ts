import { encodeCompact, targetOfBits } from '../primitives/target.ts'
import type { NetworkDefinition, NetworkParameters } from './parameters.ts'

const RADIX = 65_536n

/** What `asertTarget` computes with; times in seconds. */
export interface AsertInput {
  readonly anchorTarget: bigint
  readonly elapsedSeconds: number
  readonly elapsedHeights: number
  readonly spacing: number
  readonly halfLife: number
  /** no target is easier than this */
  readonly limit: bigint
}

/**
 * The aserti3-2d schedule: the anchor's target times 2 to the power of how far the chain is behind its schedule, in
 * half-lives; integers only, with a cubic approximation of the fractional power.
 */
export function asertTarget(input: AsertInput): bigint {
  const behind = BigInt(input.elapsedSeconds) - BigInt(input.spacing) * BigInt(input.elapsedHeights)
  // Division truncates towards zero, the shift below rounds down: both as in the specification.
  const exponent = (behind * RADIX) / BigInt(input.halfLife)
  const shifts = exponent >> 16n
  const fraction = exponent - shifts * RADIX
  const factor =
    ((195_766_423_245_049n * fraction +
      971_821_376n * fraction * fraction +
      5_127n * fraction * fraction * fraction +
      (1n << 47n)) >>
      48n) +
    RADIX
  const product = input.anchorTarget * factor
  const shift = shifts - 16n
  // 2^256 times any anchor is above every limit: a hostile timestamp must not make us build a huge number.
  if (shift > 256n) return input.limit
  const target = shift >= 0n ? product << shift : product >> -shift
  if (target === 0n) return 1n
  return target > input.limit ? input.limit : target
}

/** What the schedule remembers of a header's ancestors, itself included. */
export interface ScheduleState {
  readonly height: number
  /** Unix seconds */
  readonly time: number
  /** seconds in which the whole network counted as switched off */
  readonly lost: number
  /** the greatest timestamp so far */
  readonly latest: number
}

/** The state at genesis. */
export const genesisSchedule = (genesisTime: number): ScheduleState => ({
  height: 0,
  time: genesisTime,
  lost: 0,
  latest: genesisTime,
})

/** The state after a child with this timestamp. */
export function advanceSchedule(
  parent: ScheduleState,
  time: number,
  gapCap: NetworkDefinition['gapCap'],
): ScheduleState {
  // Measured from the greatest timestamp, not the parent's: else a miner who writes old ones drives difficulty up.
  const beyond = gapCap === null ? 0 : Math.max(0, time - parent.latest - gapCap)
  return {
    height: parent.height + 1,
    time,
    lost: parent.lost + beyond,
    latest: Math.max(parent.latest, time),
  }
}

/** The compact target that a child of `parent` has to state. */
export function nextBits(parameters: NetworkParameters, parent: ScheduleState): number {
  const { spacing, halfLife, initialBits, limit, genesisTime } = parameters
  const anchorTarget = targetOfBits(initialBits)
  if (spacing === null || halfLife === null || anchorTarget === undefined) return initialBits
  const target = asertTarget({
    anchorTarget,
    elapsedSeconds: parent.time - genesisTime - parent.lost,
    elapsedHeights: parent.height,
    spacing,
    halfLife,
    limit,
  })
  return encodeCompact(target)
}
