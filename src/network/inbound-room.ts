import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes } from '../base/bytes.ts'
import type { Random } from '../ports/random.ts'
import type { PeerConnection, PeerId } from '../ports/transport.ts'
import { addressGroup } from './address-group.ts'
import { type EvictionCandidate, selectEviction, unprotected } from './eviction.ts'
import type { PeerActivity } from './peer-activity.ts'

const KEY_BYTES = 32

/** The places of those that dial us, and who of them makes room when all are taken. */
export interface InboundRoom {
  /** whether a place is free */
  isFree(): boolean
  /** whether more peers than wanted are there, as where several were let in at once */
  isOver(): boolean
  /** who has to go for one more; undefined where nobody has */
  victim(): PeerId | undefined
  /** those that would not have to go for one more */
  protectedPeers(): ReadonlySet<PeerId>
}

export interface InboundRoomOptions {
  readonly maxPeers: number
  /** of those, for peers that dial us */
  readonly maxInbound: number
}

export interface InboundRoomDependencies {
  readonly random: Random
  readonly activity: PeerActivity
  /** without those that are being ended */
  readonly connections: () => readonly PeerConnection[]
  readonly latencyMs: (peer: PeerId) => number | undefined
  /** whether the user wants the connection */
  readonly isNamed: (peer: PeerId) => boolean
}

export function createInboundRoom(
  { maxPeers, maxInbound }: InboundRoomOptions,
  { random, activity, connections, latencyMs, isNamed }: InboundRoomDependencies,
): InboundRoom {
  const key = random.bytes(KEY_BYTES)

  const keyed = (address: string): number => {
    const group = new TextEncoder().encode(addressGroup(address) ?? '')
    return new DataView(sha256(concatBytes(key, group)).buffer).getUint32(0)
  }

  const candidates = (): EvictionCandidate[] =>
    connections()
      .filter(({ peer, inbound }) => inbound && !isNamed(peer))
      .map(({ peer, address, since }) => ({
        peer,
        since,
        keyedGroup: keyed(address),
        latencyMs: latencyMs(peer),
        ...activity.of(peer),
      }))

  const counts = (): { peers: number; inbound: number } => {
    const open = connections()
    return { peers: open.length, inbound: open.filter(({ inbound }) => inbound).length }
  }

  return {
    isFree() {
      const { peers, inbound } = counts()
      return peers < maxPeers && inbound < maxInbound
    },
    isOver() {
      const { peers, inbound } = counts()
      return peers > maxPeers || inbound > maxInbound
    },
    victim: () => selectEviction(candidates()),
    protectedPeers() {
      const exposed = new Set(unprotected(candidates()).map(({ peer }) => peer))
      return new Set(
        connections()
          .map(({ peer }) => peer)
          .filter((peer) => !exposed.has(peer)),
      )
    },
  }
}
