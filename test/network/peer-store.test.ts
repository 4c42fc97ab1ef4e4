import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import type { PeerNews } from '../../src/network/known-peers.ts'
import { followPeerStore, storeReached } from '../../src/network/peer-store.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { startRawPeer } from '../support/network-host.ts'

const PEER = '12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x' as PeerId
const ADDRESS = '/ip4/192.0.2.1/tcp/1'

describe('peer store', () => {
  it('tells of the peers of earlier runs, when they were reached, and of new ones', async () => {
    const node = await startRawPeer([])
    await node.peerStore.merge(peerIdFromString(PEER), { multiaddrs: [multiaddr(ADDRESS)] })
    await storeReached(node, PEER, 1_800_000_000_000)
    const told = new Map<PeerId, PeerNews>()
    await followPeerStore(node, (peer, news) => void told.set(peer, news))
    expect(told).toEqual(new Map([[PEER, { addresses: [ADDRESS], reachedAt: 1_800_000_000_000 }]]))

    const other = '12D3KooWGRUwJkXkYo5LrJZC1Ld7q5xeHhBrAv2UvPYPAFjqXGhM' as PeerId
    await node.peerStore.merge(peerIdFromString(other), { multiaddrs: [multiaddr(ADDRESS)] })
    expect(told.get(other)).toEqual({ addresses: [ADDRESS], reachedAt: undefined })
  })

  it('takes no more than 16 addresses of a peer', async () => {
    const node = await startRawPeer([])
    const multiaddrs = Array.from({ length: 30 }, (_, i) => multiaddr(`/ip4/192.0.2.1/tcp/${i + 1}`))
    await node.peerStore.merge(peerIdFromString(PEER), { multiaddrs })
    const told: PeerNews[] = []
    await followPeerStore(node, (_peer, news) => void told.push(news))
    expect(told.map(({ addresses }) => addresses.length)).toEqual([16])
  })
})
