import { shuffled } from '../../src/ports/random.ts'
import type { Chance } from './chance.ts'
import { type GossipPeer, recordOf } from './gossip-peer.ts'

/** gossipsub's names and defaults. */
const D = 6
const D_LOW = 4
const D_HIGH = 12
const PRUNE_BACKOFF_MS = 60_000

export interface MeshDependencies {
  /** virtual milliseconds */
  readonly now: () => number
  readonly chance: Chance
  readonly score: (peer: GossipPeer) => number
  /** whether the score is below zero */
  readonly isBad: (peer: GossipPeer) => boolean
  /** peers that are in the topic */
  readonly inTopic: () => readonly GossipPeer[]
  readonly tell: (peer: GossipPeer, what: 'graft' | 'prune') => void
}

/** The peers of a topic to which messages go at once. */
export interface Mesh {
  readonly members: ReadonlySet<GossipPeer>
  /** A peer grafts us; whether it did so before it may. */
  grafted(peer: GossipPeer): boolean
  pruned(peer: GossipPeer): void
  left(peer: GossipPeer): void
  /** At each heartbeat. */
  maintain(): void
}

export function createMesh(
  topic: string,
  { now, chance, score, isBad, inTopic, tell }: MeshDependencies,
): Mesh {
  const members = new Set<GossipPeer>()

  function add(peer: GossipPeer): void {
    members.add(peer)
    recordOf(peer, topic).meshSince = now()
  }

  function pruned(peer: GossipPeer): void {
    members.delete(peer)
    const record = recordOf(peer, topic)
    record.meshSince = undefined
    record.graftAfter = now() + PRUNE_BACKOFF_MS
  }

  function prune(peer: GossipPeer): void {
    pruned(peer)
    tell(peer, 'prune')
  }

  const mayGraft = (peer: GossipPeer): boolean => recordOf(peer, topic).graftAfter <= now()

  return {
    members,
    pruned,
    left: (peer) => void members.delete(peer),
    grafted(peer) {
      if (members.has(peer)) return false
      const isEarly = !mayGraft(peer)
      if (isEarly || isBad(peer) || members.size >= D_HIGH) prune(peer)
      else add(peer)
      return isEarly
    },
    maintain() {
      for (const peer of [...members]) if (isBad(peer)) prune(peer)
      if (members.size < D_LOW) {
        const open = inTopic().filter((peer) => !members.has(peer) && mayGraft(peer) && !isBad(peer))
        for (const peer of shuffled(chance, open).slice(0, D - members.size)) {
          add(peer)
          tell(peer, 'graft')
        }
      }
      if (members.size > D_HIGH) {
        const byScore = shuffled(chance, [...members]).sort((a, b) => score(b) - score(a))
        for (const peer of byScore.slice(D)) prune(peer)
      }
    },
  }
}
