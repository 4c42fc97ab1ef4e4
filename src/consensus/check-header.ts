import { OK, type Result } from '../base/result.ts'
import type { BlockHeader } from '../primitives/header.ts'
import { hashValue, targetOfBits } from '../primitives/target.ts'
import type { NetworkParameters } from './parameters.ts'
import { broken, type RuleViolation } from './rules.ts'

/** The rules on a header that need nothing but the header: cheap, and costly to fake. */
export function checkProofOfWork(
  header: BlockHeader,
  parameters: NetworkParameters,
): Result<undefined, RuleViolation> {
  const target = targetOfBits(header.bits)
  if (target === undefined || target > parameters.limit)
    return broken('target-out-of-range', { bits: header.bits })
  if (hashValue(header.hash) > target)
    return broken('proof-of-work-insufficient', { hash: header.hash, bits: header.bits })
  return OK
}

/** What a header's ancestors and the node's clock say of it; times in Unix seconds. */
export interface HeaderContext {
  readonly expectedBits: number
  /** BIP113: of the parent */
  readonly medianTimePast: number
  /** the node's own clock, never a peer's */
  readonly now: number
}

/** The rules on a header that depend on its ancestors and on the time. */
export function checkHeader(
  header: BlockHeader,
  { expectedBits, medianTimePast, now }: HeaderContext,
  parameters: NetworkParameters,
): Result<undefined, RuleViolation> {
  if (header.bits !== expectedBits)
    return broken('difficulty-wrong', { bits: header.bits, expected: expectedBits })
  if (header.time <= medianTimePast) return broken('time-too-old', { time: header.time, medianTimePast })
  if (header.time > now + parameters.futureLimit)
    return broken('time-too-new', { time: header.time, now, futureLimit: parameters.futureLimit })
  return OK
}
