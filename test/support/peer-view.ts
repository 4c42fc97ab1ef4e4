import type { PeerView } from '../../src/ports/node-services.ts'
import type { Ban, PeerControl } from '../../src/ports/peers.ts'
import type { PeerId } from '../../src/ports/transport.ts'

/** A peer that has done nothing yet. */
export const peerView = (view: Partial<PeerView> & { readonly peer: PeerId }): PeerView => ({
  inbound: true,
  address: '/ip4/127.0.0.1/tcp/1',
  since: 1_000,
  score: 0,
  gossipScore: 0,
  latencyMs: undefined,
  blocks: 0,
  transactions: 0,
  isProtected: false,
  isAnchor: false,
  isFeeler: false,
  hello: undefined,
  ...view,
})

export interface TestPeerControl extends PeerControl {
  readonly dialled: string[]
}

/** Keeps bans, and connects to whomever it is told. */
export function createTestPeerControl(peers: PeerView[]): TestPeerControl {
  const bans = new Map<PeerId, Ban>()
  const dialled: string[] = []
  const remove = (peer: PeerId): void => {
    const at = peers.findIndex((view) => view.peer === peer)
    if (at >= 0) peers.splice(at, 1)
  }
  return {
    dialled,
    async dial(address) {
      dialled.push(address)
      const peer = address.split('/p2p/')[1]! as PeerId
      peers.push(peerView({ peer, address, inbound: false }))
      return peer
    },
    disconnect: async (peer) => remove(peer),
    async ban(peer, until, reason) {
      bans.set(peer, { peer, until, reason })
      remove(peer)
    },
    unban: async (peer) => bans.delete(peer),
    bans: () => [...bans.values()],
  }
}
