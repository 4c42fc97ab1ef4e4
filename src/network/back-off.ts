import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'

/** The first pause after a failure, and what doubles with each further one. */
const FIRST_PAUSE_MS = 1_000
/** The longest pause between two attempts at a peer. */
const LONGEST_PAUSE_MS = 2 * 60_000
/** The longest pause for a peer that the user named: it is tried for ever. */
const LONGEST_PAUSE_NAMED_MS = 30_000
/** The first pause after we have let go of a peer, which doubles as well. */
const FIRST_LET_GO_MS = 30_000
/** A connection that lasted this long makes earlier failures forgotten. */
const PROVEN_MS = 60_000
/** Peers remembered at most; those that may be dialled soonest make room. */
const MAX_REMEMBERED = 10_000

interface Record {
  /** pauses in a row */
  failures: number
  /** monotonic time before which the peer is left alone */
  notBefore: number
}

/** When which peer may be dialled again: pauses that double while it fails, differ by chance, and have an end. */
export interface BackOff {
  mayDial(peer: PeerId): boolean
  /** failures in a row */
  failures(peer: PeerId): number
  /** A dial failed, or a connection ended by itself after `lasted` milliseconds. */
  failed(peer: PeerId, lasted?: number): void
  /** We have hung up on purpose: the pause is longer. */
  letGo(peer: PeerId): void
  /** The user asks for the peer: nothing that was counts. */
  forget(peer: PeerId): void
}

export interface BackOffDependencies {
  readonly clock: Clock
  readonly random: Random
  /** whether the user has named the peer */
  readonly isNamed: (peer: PeerId) => boolean
}

export function createBackOff({ clock, random, isNamed }: BackOffDependencies): BackOff {
  const records = new Map<PeerId, Record>()

  function pause(peer: PeerId, failures: number, first: number): void {
    const longest = isNamed(peer) ? LONGEST_PAUSE_NAMED_MS : LONGEST_PAUSE_MS
    const most = Math.min(longest, first * 2 ** (failures - 1))
    // Half of the pause is chance, so that nodes that lost each other at once do not meet at once.
    const ms = most / 2 + random.below(Math.ceil(most / 2) + 1)
    records.delete(peer)
    records.set(peer, { failures, notBefore: clock.monotonic() + ms })
    if (records.size > MAX_REMEMBERED) makeRoom()
  }

  function makeRoom(): void {
    const soonest = [...records].sort(([, a], [, b]) => a.notBefore - b.notBefore)
    for (const [peer] of soonest.slice(0, MAX_REMEMBERED / 10)) records.delete(peer)
  }

  const failures = (peer: PeerId): number => records.get(peer)?.failures ?? 0

  return {
    mayDial: (peer) => (records.get(peer)?.notBefore ?? 0) <= clock.monotonic(),
    failures,
    failed(peer, lasted = 0) {
      pause(peer, lasted >= PROVEN_MS ? 1 : failures(peer) + 1, FIRST_PAUSE_MS)
    },
    letGo(peer) {
      pause(peer, failures(peer) + 1, FIRST_LET_GO_MS)
    },
    forget: (peer) => void records.delete(peer),
  }
}
