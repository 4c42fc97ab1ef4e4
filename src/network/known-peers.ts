import { type Random, shuffled } from '../ports/random.ts'
import type { PeerId } from '../ports/transport.ts'
import { addressGroup } from './address-group.ts'

/** A peer that we could dial. */
export interface KnownPeer {
  readonly peer: PeerId
  /** multiaddrs; at least one */
  readonly addresses: readonly string[]
  /** `addressGroup` of the first that has one */
  readonly group: string | undefined
  /** it has told us itself, now or in an earlier run, that it is of this network */
  readonly proven: boolean
}

/** Anyone can tell of any number of peers that do not exist: so many are remembered. */
const MAX_KNOWN = 4_096
/** How many make room at once. */
const EVICTED_AT_ONCE = 256

/** The peers with addresses in the peer store, in memory, and bounded in both. */
export interface KnownPeers {
  readonly size: number
  get(peer: PeerId): KnownPeer | undefined
  all(): Iterable<KnownPeer>
  /** Remembers what is new; returns whether the peer itself is. A peer without addresses is forgotten. */
  update(peer: PeerId, addresses: readonly string[], proven: boolean): boolean
  forget(peer: PeerId): void
}

export interface KnownPeersDependencies {
  readonly random: Random
  /** Also forgets the peer on disk. */
  readonly onForget: (peer: PeerId) => void
}

export function createKnownPeers({ random, onForget }: KnownPeersDependencies): KnownPeers {
  const peers = new Map<PeerId, KnownPeer>()

  function forget(peer: PeerId): void {
    if (peers.delete(peer)) onForget(peer)
  }

  function makeRoom(): void {
    // By chance, so that nobody can choose who goes; those that were ever met stay longest.
    const order = shuffled(random, [...peers.values()]).sort((a, b) => Number(a.proven) - Number(b.proven))
    for (const { peer } of order.slice(0, EVICTED_AT_ONCE)) forget(peer)
  }

  return {
    get size() {
      return peers.size
    },
    get: (peer) => peers.get(peer),
    all: () => peers.values(),
    update(peer, addresses, proven) {
      if (addresses.length === 0) {
        peers.delete(peer)
        return false
      }
      const before = peers.get(peer)
      if (before === undefined && peers.size >= MAX_KNOWN) makeRoom()
      const group = addresses.map(addressGroup).find((group) => group !== undefined)
      peers.set(peer, { peer, addresses, group, proven: proven || (before?.proven ?? false) })
      return before === undefined
    },
    forget,
  }
}
