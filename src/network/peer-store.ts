import type { Peer } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerId } from '../ports/transport.ts'
import type { PeerNews } from './known-peers.ts'
import type { Node } from './libp2p-node.ts'

/** Addresses of one peer that are tried. */
const MAX_ADDRESSES = 16
/** When we last reached the peer, as decimal text: Unix milliseconds. */
const REACHED = 'cairn-reached'

/**
 * Tells of the peers that the peer store has kept from earlier runs, and of what it learns from then on: all discovery
 * ends there, mDNS and the DHT and what peers say of themselves.
 */
export async function followPeerStore(
  node: Node,
  learn: (peer: PeerId, news: PeerNews) => void,
): Promise<void> {
  const tell = ({ id, addresses, metadata }: Peer): void =>
    learn(id.toString() as PeerId, {
      addresses: addresses.slice(0, MAX_ADDRESSES).map(({ multiaddr }) => multiaddr.toString()),
      reachedAt: decodeTime(metadata.get(REACHED)),
    })
  await node.peerStore.forEach(tell)
  node.addEventListener('peer:update', ({ detail }) => tell(detail.peer))
}

function decodeTime(bytes: Uint8Array | undefined): number | undefined {
  const time = bytes === undefined ? Number.NaN : Number(new TextDecoder().decode(bytes))
  return Number.isFinite(time) ? time : undefined
}

/** Keeps with the peer's addresses when we reached it. */
export async function storeReached(node: Node, peer: PeerId, at: number): Promise<void> {
  await node.peerStore.merge(peerIdFromString(peer), {
    metadata: { [REACHED]: new TextEncoder().encode(String(at)) },
  })
}
