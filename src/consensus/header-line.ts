import { ok, type Result } from '../base/result.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import { targetOfBits, workOfTarget } from '../primitives/target.ts'
import { checkHeader, checkProofOfWork } from './check-header.ts'
import { advanceSchedule, nextBits, type ScheduleState } from './difficulty.ts'
import { MEDIAN_TIME_SPAN } from './limits.ts'
import { medianTime } from './median-time.ts'
import type { NetworkParameters } from './parameters.ts'
import { broken, type RuleViolation } from './rules.ts'

/** All that the rules ask of the headers up to one of them: enough to judge the next, whatever their number. */
export interface HeaderLine {
  /** the last header */
  readonly hash: BlockHash
  readonly schedule: ScheduleState
  /** of the last eleven headers at most, oldest first; Unix seconds */
  readonly times: readonly number[]
  /** cumulative */
  readonly work: bigint
}

/** Work that the header claims: what it stands for if its hash meets its target. */
export function claimedWork(header: BlockHeader): bigint {
  const target = targetOfBits(header.bits)
  return target === undefined ? 0n : workOfTarget(target)
}

/** The line with one more header, which has to keep every rule on headers. @param now - Unix seconds */
export function extendLine(
  parameters: NetworkParameters,
  line: HeaderLine,
  header: BlockHeader,
  now: number,
): Result<HeaderLine, RuleViolation> {
  if (header.previous !== line.hash)
    return broken('parent-unknown', { hash: header.hash, parent: header.previous })
  const proven = checkProofOfWork(header, parameters)
  if (!proven.ok) return proven
  const expectedBits = nextBits(parameters, line.schedule)
  const checked = checkHeader(
    header,
    { expectedBits, medianTimePast: medianTime(line.times), now },
    parameters,
  )
  if (!checked.ok) return checked
  return ok({
    hash: header.hash,
    schedule: advanceSchedule(line.schedule, header.time, parameters.gapCap),
    times: [...line.times, header.time].slice(-MEDIAN_TIME_SPAN),
    work: line.work + claimedWork(header),
  })
}
