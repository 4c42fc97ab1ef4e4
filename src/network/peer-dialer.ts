import { CairnError, errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BackOff } from './back-off.ts'
import type { KnownPeers } from './known-peers.ts'
import type { PeerLinks } from './peer-links.ts'

/** Dials at once. */
const MAX_DIALING = 16
/** A dial takes at most this long. */
const DIAL_TIMEOUT_MS = 8_000
/** A peer is forgotten after so many failures in a row, one that was ever reached after some hours of them. */
const FAILURES_UNTIL_FORGOTTEN = 8
const FAILURES_UNTIL_REACHED_FORGOTTEN = 200

/** Dials one peer at a time for each that is asked for, and draws the conclusions. */
export interface PeerDialer {
  /** peers that are being dialled */
  readonly dialing: ReadonlyMap<PeerId, Promise<void>>
  /** how many more may be dialled at once */
  room(): number
  /** Dials in the background; `then` is called when that has ended, however it did. */
  start(peer: PeerId, signal: AbortSignal, then: () => void): void
  /** Resolves when every dial has ended. */
  idle(): Promise<void>
}

export interface PeerDialerDependencies {
  readonly clock: Clock
  readonly logger: Logger
  readonly known: KnownPeers
  readonly backOff: BackOff
  readonly links: PeerLinks
  /** multiaddrs at which the peer may be dialled */
  readonly addressesOf: (peer: PeerId) => readonly string[]
  readonly isNamed: (peer: PeerId) => boolean
}

export function createPeerDialer(dependencies: PeerDialerDependencies): PeerDialer {
  const { clock, logger, known, backOff, links, addressesOf, isNamed } = dependencies
  const dialing = new Map<PeerId, Promise<void>>()

  async function dial(peer: PeerId, stopping: AbortSignal): Promise<void> {
    const timeout = new AbortController()
    const cancel = clock.after(DIAL_TIMEOUT_MS, () =>
      timeout.abort(new CairnError('dial-timeout', 'the peer does not answer', { peer })),
    )
    try {
      await links.dial(peer, addressesOf(peer), AbortSignal.any([stopping, timeout.signal]))
    } catch (error) {
      if (stopping.aborted) return
      backOff.failed(peer)
      logger.debug('dial failed', { peer, error: errorMessage(error) })
      if (isGivenUp(peer)) known.forget(peer)
    } finally {
      cancel()
    }
  }

  function isGivenUp(peer: PeerId): boolean {
    const wasReached = known.get(peer)?.reachedAt !== undefined
    const limit = wasReached ? FAILURES_UNTIL_REACHED_FORGOTTEN : FAILURES_UNTIL_FORGOTTEN
    // Without any connection it may well be us who are cut off.
    return backOff.failures(peer) >= limit && !isNamed(peer) && links.connections().length > 0
  }

  return {
    dialing,
    room: () => MAX_DIALING - dialing.size,
    start(peer, signal, then) {
      const done = dial(peer, signal).finally(() => {
        dialing.delete(peer)
        then()
      })
      dialing.set(peer, done)
    },
    async idle() {
      await Promise.all(dialing.values())
    },
  }
}
