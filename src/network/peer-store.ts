import type { Peer } from '@libp2p/interface'
import type { PeerId } from '../ports/transport.ts'
import type { KnownPeers } from './known-peers.ts'
import type { Node } from './libp2p-node.ts'

/** Addresses of one peer that are tried. */
const MAX_ADDRESSES = 16

export interface PeerStoreWatch {
  readonly known: KnownPeers
  /** what the ids of the network's own protocols begin with */
  readonly protocolPrefix: string
  /** whether to take a peer in that is not known; not one, for example, that we have just let go */
  readonly isWelcome: (peer: PeerId) => boolean
  readonly onNew: () => void
}

/**
 * Fills the known peers with what the peer store has kept from earlier runs, and follows it from then on: all
 * discovery ends there, mDNS and the DHT and what peers say of themselves.
 */
export async function followPeerStore(node: Node, watch: PeerStoreWatch): Promise<void> {
  const { known, isWelcome, onNew } = watch
  const take = ({ id, addresses, protocols }: Peer): boolean => {
    const peer = id.toString() as PeerId
    if (known.get(peer) === undefined && !isWelcome(peer)) return false
    const dialable = addresses.slice(0, MAX_ADDRESSES).map(({ multiaddr }) => multiaddr.toString())
    // Only a peer that has said so itself is kept with a protocol of this network.
    const isProven = protocols.some((protocol) => protocol.startsWith(watch.protocolPrefix))
    return known.update(peer, dialable, isProven)
  }
  await node.peerStore.forEach((peer) => void take(peer))
  node.addEventListener('peer:update', ({ detail }) => {
    if (take(detail.peer)) onNew()
  })
}
