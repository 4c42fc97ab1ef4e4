import { type WireFault, wireFault } from '../../protocols/wire-fault.ts'
import { concatBytes } from '../base/bytes.ts'
import { ok, type Result } from '../base/result.ts'
import { extendLine, type HeaderLine } from '../consensus/header-line.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Random } from '../ports/random.ts'
import { type BlockHash, hashIdBytes, sha256 } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import { createBitQueue } from './bit-queue.ts'

/** One header in so many leaves a bit behind in the first pass. */
export const COMMITMENT_PERIOD = 256
/**
 * So many headers are held back in the second pass: whoever wants another one stored has to guess the bits of 24
 * commitments, with the proof of work of 6,144 headers for each try.
 */
export const LOOK_AHEAD_HEADERS = 24 * COMMITMENT_PERIOD
const SALT_BYTES = 16

export interface HeaderPresyncOptions {
  readonly parameters: NetworkParameters
  /** where the peer's chain leaves ours */
  readonly start: HeaderLine
  /** work that it has to reach; the bits are salted, so that nobody can make headers that fit them */
  readonly threshold: bigint
  readonly random: Random
}

export type PresyncOutcome = 'more' | 'too-little-work' | 'done'

export interface PresyncStep {
  /** `more` as long as the peer has to be asked again; `done` where the last of `release` have the work */
  readonly outcome: PresyncOutcome
  /** headers that may be stored now, each after its parent */
  readonly release: readonly BlockHeader[]
}

/**
 * Looks at a chain of headers twice before any of them is stored, as Bitcoin Core does (HeadersSyncState). The first
 * pass adds up their work and keeps one salted bit for every 256 of them; the time rules bound these, at six headers a
 * second since the start. Once there is enough work the headers are fetched again and held against those bits, each
 * released when 6,144 after it have matched too.
 */
export interface HeaderPresync {
  readonly phase: 'first' | 'second'
  /** the last header of this pass: the next answer has to follow it */
  readonly last: BlockHash
  readonly height: number
  /** part of the work that is asked for, from 0 to 100 */
  readonly percent: number
  /** bytes that are held, of bits and of headers */
  readonly heldBytes: number
  /**
   * Takes an answer. Throws away all that it has where a rule is broken, or `headers-changed` where the second pass
   * differs from the first.
   * @param isFull - whether the peer has more
   * @param now - Unix seconds
   */
  take(
    headers: readonly BlockHeader[],
    isFull: boolean,
    now: number,
  ): Result<PresyncStep, RuleViolation | WireFault>
}

/** Bytes of a decoded header in memory, about. */
const HEADER_MEMORY = 400

export function createHeaderPresync(options: HeaderPresyncOptions): HeaderPresync {
  const { parameters, start, threshold, random } = options
  const salt = random.bytes(SALT_BYTES)
  const offset = random.below(COMMITMENT_PERIOD)
  const commitments = createBitQueue()
  let phase: HeaderPresync['phase'] = 'first'
  let line = start
  let held: BlockHeader[] = []

  const isCommitted = (height: number): boolean => height % COMMITMENT_PERIOD === offset
  const bitOf = (hash: BlockHash): number => sha256(concatBytes(salt, hashIdBytes(hash)))[0]! & 1

  function look(header: BlockHeader, now: number): Result<undefined, RuleViolation | WireFault> {
    const next = extendLine(parameters, line, header, now)
    if (!next.ok) return next
    line = next.value
    const { height } = line.schedule
    if (!isCommitted(height)) return ok(undefined)
    if (phase === 'first') commitments.push(bitOf(header.hash))
    else if (commitments.shift() !== bitOf(header.hash))
      return wireFault('headers-changed', { hash: header.hash, height })
    return ok(undefined)
  }

  /** Up to where the work is enough; what comes after it belongs to no pass. */
  function takeFirst(
    headers: readonly BlockHeader[],
    isFull: boolean,
    now: number,
  ): Result<PresyncStep, RuleViolation | WireFault> {
    for (const header of headers) {
      const looked = look(header, now)
      if (!looked.ok) return looked
      if (line.work < threshold) continue
      phase = 'second'
      line = start
      return ok({ outcome: 'more', release: [] })
    }
    return ok({ outcome: isFull ? 'more' : 'too-little-work', release: [] })
  }

  function takeSecond(
    headers: readonly BlockHeader[],
    isFull: boolean,
    now: number,
  ): Result<PresyncStep, RuleViolation | WireFault> {
    for (const header of headers) {
      const looked = look(header, now)
      if (!looked.ok) return looked
      held.push(header)
      if (line.work < threshold) continue
      const release = held
      held = []
      return ok({ outcome: 'done', release })
    }
    // It had more the first time.
    if (!isFull) return wireFault('headers-changed', { height: line.schedule.height })
    const release = held.splice(0, Math.max(0, held.length - LOOK_AHEAD_HEADERS))
    return ok({ outcome: 'more', release })
  }

  return {
    get phase() {
      return phase
    },
    get last() {
      return line.hash
    },
    get height() {
      return line.schedule.height
    },
    get percent() {
      return Number((line.work * 100n) / threshold)
    },
    get heldBytes() {
      return commitments.bytes + held.length * HEADER_MEMORY
    },
    take: (headers, isFull, now) =>
      phase === 'first' ? takeFirst(headers, isFull, now) : takeSecond(headers, isFull, now),
  }
}
