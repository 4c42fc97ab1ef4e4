import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import type { KnownPeer, KnownPeers } from './known-peers.ts'
import type { PeerDialer } from './peer-dialer.ts'

/** The time between two feelers on average, as in Bitcoin Core. */
const FEELER_INTERVAL_MS = 2 * 60_000
/** A peer that was not reached for so long may have gone. */
const LONG_UNSEEN_MS = 24 * 3_600_000
/** A feeler is let go after this, whether or not the peer has said who it is. */
const FEELER_PATIENCE_MS = 15_000

export interface FeelersDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly known: KnownPeers
  readonly dialer: PeerDialer
  /** whether the peer may be dialled now, and is not connected */
  readonly mayDial: (peer: PeerId) => boolean
  /** whether there is nothing better to dial for */
  readonly isContent: () => boolean
  readonly isConnected: (peer: PeerId) => boolean
  readonly hangUp: (peer: PeerId) => void
}

/**
 * Short connections to peers that we were told of and have never reached, or not for a day: when a place is free we
 * know who is there, and what somebody has made up does not stay in the address book.
 */
export interface Feelers {
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** whether the connection to the peer is only such a one */
  has(peer: PeerId): boolean
  /** The peer has said who it is: that is all we wanted. */
  identified(peer: PeerId): void
}

export function createFeelers(dependencies: FeelersDependencies): Feelers {
  const { clock, random, known, dialer, mayDial, isContent, isConnected, hangUp } = dependencies
  let current: PeerId | undefined

  function finish(peer: PeerId): void {
    if (current !== peer) return
    if (isConnected(peer)) hangUp(peer)
    current = undefined
  }

  const isDoubtful = ({ peer, reachedAt }: KnownPeer): boolean =>
    (reachedAt === undefined || clock.now() - reachedAt > LONG_UNSEEN_MS) && mayDial(peer)

  function send(signal: AbortSignal): void {
    if (!isContent() || dialer.room() <= 0) return
    const candidates = [...known.all()].filter(isDoubtful)
    if (candidates.length === 0) return
    const { peer } = candidates[random.below(candidates.length)]!
    current = peer
    dialer.start(peer, signal, () => {
      if (!isConnected(peer)) return finish(peer)
      void clock.sleep(FEELER_PATIENCE_MS, signal).then(
        () => finish(peer),
        () => {},
      )
    })
  }

  return {
    has: (peer) => current === peer,
    identified: finish,
    async run(signal) {
      try {
        for (;;) {
          await clock.sleep(FEELER_INTERVAL_MS / 2 + random.below(FEELER_INTERVAL_MS), signal)
          if (current === undefined) send(signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
