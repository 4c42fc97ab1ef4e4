import type { KnownPeer } from '../../src/network/known-peers.ts'
import type { PeerRecords, RecordsOfPeers } from '../../src/network/peer-records.ts'
import type { PeerId } from '../../src/ports/transport.ts'

/** What a node keeps of peers on its disk. */
export interface PeerDisk extends PeerRecords {
  /** the address book, as the peer store has it */
  readonly book: Map<PeerId, Pick<KnownPeer, 'addresses' | 'reachedAt'>>
}

function createRecords<T extends { readonly peer: PeerId }>(): RecordsOfPeers<T> {
  const records = new Map<PeerId, T>()
  return {
    all: async () => [...records.values()],
    async put(record) {
      records.set(record.peer, record)
    },
    async delete(peer) {
      records.delete(peer)
    },
  }
}

export const createPeerDisk = (): PeerDisk => ({
  bans: createRecords(),
  scores: createRecords(),
  anchors: createRecords(),
  book: new Map(),
})
