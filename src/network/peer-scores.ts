import { errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerFault, PeerId } from '../ports/transport.ts'
import type { RecordsOfPeers, ScoreRecord } from './peer-records.ts'

/**
 * What a fault takes off a peer's score. To be of no use, as by not answering, happens to honest peers on bad lines and weighs little: one
 * that is dropped for it every 15 s, the shortest pause between two of our dials, comes to -59 and is never banned.
 */
const COST: Readonly<Record<PeerFault, number>> = { misbehaved: 20, unhelpful: 2 }
/** A score is half of what it was after so long. */
const HALF_LIFE_MS = 5 * 60_000
/** Below this score a peer is banned: after five faults within two minutes, or one every two minutes. */
const BAN_SCORE = -80
/** Closer to zero than this, a score is forgotten. */
const FORGOTTEN_SCORE = -0.5
/** An identity costs its owner nothing: so many scores are kept, those that are closest to zero make room. */
const MAX_SCORES = 10_000

/**
 * What peers have lost by their faults: from 0 down, and back to it by time. Kept on disk, so that neither a new
 * connection nor a restart washes it off.
 */
export interface PeerScores {
  /** Reads what was before; to be awaited before peers may connect. */
  load(): Promise<void>
  /** at most 0 */
  of(peer: PeerId): number
  /** Counts a fault; whether the peer has lost so much that it is to be banned. In force when it is called. */
  blame(peer: PeerId, fault: PeerFault): boolean
  /** A new start for the peer. */
  forgive(peer: PeerId): void
}

export interface PeerScoresDependencies {
  readonly records: RecordsOfPeers<ScoreRecord>
  readonly clock: Clock
  readonly logger: Logger
}

export function createPeerScores({ records, clock, logger }: PeerScoresDependencies): PeerScores {
  const scores = new Map<PeerId, ScoreRecord>()

  // A clock that was set back does not make a score worse than it was.
  const now = ({ score, at }: ScoreRecord): number =>
    score * 2 ** (-Math.max(0, clock.now() - at) / HALF_LIFE_MS)

  /** What the disk does not take counts for this run only. */
  function note(peer: PeerId, written: Promise<void>): void {
    written.catch((error) => logger.warn('peer score not stored', { peer, error: errorMessage(error) }))
  }

  function drop(peer: PeerId): void {
    if (scores.delete(peer)) note(peer, records.delete(peer))
  }

  function makeRoom(): void {
    if (scores.size <= MAX_SCORES) return
    const best = [...scores.values()].sort((a, b) => now(b) - now(a))
    for (const { peer } of best.slice(0, MAX_SCORES / 10)) drop(peer)
  }

  return {
    async load() {
      for (const record of await records.all()) scores.set(record.peer, record)
      for (const record of [...scores.values()]) if (now(record) > FORGOTTEN_SCORE) drop(record.peer)
      makeRoom()
    },
    of(peer) {
      const record = scores.get(peer)
      return record === undefined ? 0 : now(record)
    },
    blame(peer, fault) {
      const before = scores.get(peer)
      const score = (before === undefined ? 0 : now(before)) - COST[fault]
      const record = { peer, score, at: clock.now() }
      scores.set(peer, record)
      note(peer, records.put(record))
      makeRoom()
      return score < BAN_SCORE
    },
    forgive: drop,
  }
}
