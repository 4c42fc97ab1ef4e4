import { blameOnWire, type WireFault, type WireFaultCode } from '../../protocols/wire-fault.ts'
import { errorMessage } from '../base/errors.ts'
import {
  type Blame,
  blameInBlock,
  blameInRelay,
  type RuleCode,
  type RuleViolation,
} from '../consensus/rules.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PolicyViolation } from '../ports/mempool.ts'
import type { PeerId, TopicVerdict, Transport } from '../ports/transport.ts'

/** What can be wrong with something that a peer sent. */
export type Fault = RuleViolation | PolicyViolation | WireFault

/** Faults that we see in every peer where our own clock is slow, or our version old. */
const MAY_BE_OURS: ReadonlySet<string> = new Set<RuleCode | WireFaultCode>([
  'time-too-new',
  'version-unsupported',
])

/** How long a banned peer is refused: a day, as in Bitcoin Core. */
export const BAN_MS = 24 * 60 * 60 * 1000

/** The blame for a fault in a block, in headers or in a message about them. */
export function blameForBlock(fault: RuleViolation | WireFault): Blame {
  return fault.kind === 'wire' ? blameOnWire(fault.code) : blameInBlock(fault.code)
}

/** The blame for a fault in a loose transaction. */
export function blameForTransaction(fault: Fault): Blame {
  switch (fault.kind) {
    case 'wire':
      return blameOnWire(fault.code)
    // Policy is ours alone: a peer with another policy has done nothing wrong.
    case 'policy':
      return 'none'
    case 'rule':
      return blameInRelay(fault.code)
  }
}

/**
 * What to tell the topic. Only what no honest node hands on is rejected, since a rejection costs the sender its
 * score; what may be right later or elsewhere, such as a block ahead of our clock, is ignored.
 */
export const verdictFor = (blame: Blame): TopicVerdict => (blame === 'ban' ? 'reject' : 'ignore')

/** Acts on the peer that is to blame. */
export interface Penalties {
  /**
   * Hangs up and lowers the peer's score, or hangs up and bans for a day, in the background; does nothing for `none`.
   */
  punish(peer: PeerId, blame: Blame, fault: Fault): void
  /** Hangs up on a peer that does not answer. That costs it little of its score: lines are bad at times. */
  drop(peer: PeerId, reason: string): void
}

export interface PenaltiesDependencies {
  readonly transport: Transport
  readonly clock: Clock
  readonly logger: Logger
}

export function createPenalties({ transport, clock, logger }: PenaltiesDependencies): Penalties {
  const hangUp = (peer: PeerId, done: Promise<void>): void => {
    done.catch((error: unknown) => logger.debug('hanging up failed', { peer, reason: errorMessage(error) }))
  }
  return {
    punish(peer, blame, fault) {
      if (blame === 'none') return
      logger.warn(blame === 'ban' ? 'peer banned' : 'peer dropped', {
        peer,
        code: fault.code,
        reason: fault.message,
        ...('details' in fault ? { details: fault.details } : {}),
      })
      if (blame === 'ban') hangUp(peer, transport.ban(peer, clock.now() + BAN_MS, fault.code))
      else
        hangUp(
          peer,
          transport.disconnect(peer, fault.code, MAY_BE_OURS.has(fault.code) ? 'unhelpful' : 'misbehaved'),
        )
    },
    drop(peer, reason) {
      logger.info('peer dropped', { peer, reason })
      hangUp(peer, transport.disconnect(peer, reason, 'unhelpful'))
    },
  }
}
