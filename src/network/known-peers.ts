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
  /** who told us of it, where that is known */
  readonly source: PeerId | undefined
  /** when we last reached it by dialling (Unix milliseconds), now or in an earlier run: it exists, on our network */
  readonly reachedAt: number | undefined
}

/** What is told of a peer. */
export interface PeerNews {
  /** multiaddrs */
  readonly addresses: readonly string[]
  readonly source?: PeerId | undefined
  readonly reachedAt?: number | undefined
}

/** Anyone can tell of any number of peers that do not exist: so many are remembered. */
const MAX_KNOWN = 4_096
/** How many make room at once. */
const EVICTED_AT_ONCE = 256
/** Of one address group, 1/32 of all as in Bitcoin Core; counted apart for those that we have reached. */
const MAX_PER_GROUP = MAX_KNOWN / 32
/** Private addresses are no group, and any number of them can be made up. */
const MAX_WITHOUT_GROUP = MAX_KNOWN / 2
/** That one peer told us of and that we have not reached. */
const MAX_PER_SOURCE = MAX_KNOWN / 16

/**
 * The peers with addresses in the peer store, in memory, and bounded in both. Whoever tells of many peers, or runs
 * many in one address group, only pushes out more of the same; those that we have never reached go before the others.
 */
export interface KnownPeers {
  readonly size: number
  get(peer: PeerId): KnownPeer | undefined
  all(): Iterable<KnownPeer>
  /** Remembers what is new; returns whether the peer itself is. A peer without addresses is forgotten. */
  update(peer: PeerId, news: PeerNews): boolean
  /** We have reached the peer by dialling it. */
  reached(peer: PeerId, at: number): void
  forget(peer: PeerId): void
}

export interface KnownPeersDependencies {
  readonly random: Random
  /** Also forgets the peer on disk. */
  readonly onForget: (peer: PeerId) => void
}

const isReached = ({ reachedAt }: KnownPeer): boolean => reachedAt !== undefined

/** Each peer counts in the share of its group, and in its source's until it is reached; a key for each share. */
function sharesOf(known: KnownPeer): [key: string, most: number][] {
  const { group, source } = known
  const tried = isReached(known) ? 'reached' : 'told'
  return [
    [`${tried} group ${group}`, group === undefined ? MAX_WITHOUT_GROUP : MAX_PER_GROUP],
    ...(source === undefined || isReached(known)
      ? []
      : [[`source ${source}`, MAX_PER_SOURCE] as [string, number]]),
  ]
}

export function createKnownPeers({ random, onForget }: KnownPeersDependencies): KnownPeers {
  const peers = new Map<PeerId, KnownPeer>()
  const shares = new Map<string, Set<PeerId>>()

  function remove(peer: PeerId): boolean {
    const known = peers.get(peer)
    if (known === undefined) return false
    peers.delete(peer)
    for (const [key] of sharesOf(known)) {
      const share = shares.get(key)!
      share.delete(peer)
      if (share.size === 0) shares.delete(key)
    }
    return true
  }

  function forget(peer: PeerId): void {
    if (remove(peer)) onForget(peer)
  }

  function put(known: KnownPeer): void {
    remove(known.peer)
    for (const [key, most] of sharesOf(known)) {
      const share = shares.get(key)
      // By chance, so that nobody can choose who goes.
      if (share !== undefined && share.size >= most) forget([...share][random.below(share.size)]!)
    }
    if (peers.size >= MAX_KNOWN) makeRoom()
    peers.set(known.peer, known)
    for (const [key] of sharesOf(known)) {
      const share = shares.get(key) ?? new Set()
      shares.set(key, share.add(known.peer))
    }
  }

  function makeRoom(): void {
    const order = shuffled(random, [...peers.values()]).sort(
      (a, b) => Number(isReached(a)) - Number(isReached(b)),
    )
    for (const { peer } of order.slice(0, EVICTED_AT_ONCE)) forget(peer)
  }

  return {
    get size() {
      return peers.size
    },
    get: (peer) => peers.get(peer),
    all: () => peers.values(),
    update(peer, { addresses, source, reachedAt }) {
      if (addresses.length === 0) {
        remove(peer)
        return false
      }
      const before = peers.get(peer)
      const group = addresses.map(addressGroup).find((group) => group !== undefined)
      put({
        peer,
        addresses,
        group,
        source: before?.source ?? source,
        reachedAt: before?.reachedAt ?? reachedAt,
      })
      return before === undefined
    },
    reached(peer, at) {
      const known = peers.get(peer)
      if (known !== undefined) put({ ...known, reachedAt: at })
    },
    forget,
  }
}
