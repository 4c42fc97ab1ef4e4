import { errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Ban } from '../ports/peers.ts'
import type { PeerId } from '../ports/transport.ts'
import type { RecordsOfPeers } from './peer-records.ts'

/** An identity costs its owner nothing: this many bans are kept, those that end first make room. */
const MAX_BANS = 10_000

/** Who is refused, and until when. */
export interface PeerBook {
  /** Reads what was banned before; to be awaited before peers may connect. */
  load(): Promise<void>
  isBanned(peer: PeerId): boolean
  bans(): readonly Ban[]
  /** In force when it is called, on disk when it resolves; a ban that already lasts longer stays. */
  ban(ban: Ban): Promise<void>
  /** Over when it is called, off the disk when it resolves with whether there was a ban. */
  unban(peer: PeerId): Promise<boolean>
}

export interface PeerBookDependencies {
  readonly records: RecordsOfPeers<Ban>
  readonly clock: Clock
  readonly logger: Logger
}

export function createPeerBook({ records, clock, logger }: PeerBookDependencies): PeerBook {
  const bans = new Map<PeerId, Ban>()

  const isOver = (ban: Ban): boolean => ban.until <= clock.now()

  /** A record that cannot be removed only takes up room: it is over by its own date. */
  async function drop(peer: PeerId): Promise<void> {
    bans.delete(peer)
    try {
      await records.delete(peer)
    } catch (error) {
      logger.warn('ban record not removed', { peer, error: errorMessage(error) })
    }
  }

  /** Those that are over go first, then those that end soonest. */
  async function makeRoom(): Promise<void> {
    if (bans.size <= MAX_BANS) return
    const byEnd = [...bans.values()].sort((a, b) => a.until - b.until)
    await Promise.all(byEnd.slice(0, bans.size - MAX_BANS).map(({ peer }) => drop(peer)))
  }

  return {
    async load() {
      const stored = await records.all()
      for (const ban of stored) bans.set(ban.peer, ban)
      await Promise.all(stored.filter(isOver).map(({ peer }) => drop(peer)))
      await makeRoom()
    },
    isBanned(peer) {
      const ban = bans.get(peer)
      if (ban === undefined || !isOver(ban)) return ban !== undefined
      void drop(peer)
      return false
    },
    bans: () => [...bans.values()].filter((ban) => !isOver(ban)),
    async ban(ban) {
      const existing = bans.get(ban.peer)
      if (isOver(ban) || (existing !== undefined && existing.until >= ban.until)) return
      bans.set(ban.peer, ban)
      await records.put(ban)
      await makeRoom()
    },
    async unban(peer) {
      const ban = bans.get(peer)
      if (ban === undefined) return false
      bans.delete(peer)
      await records.delete(peer)
      return !isOver(ban)
    },
  }
}
