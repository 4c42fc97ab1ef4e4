import type { PeerRecords, RecordsOfPeers } from '../../src/network/peer-records.ts'
import type { PeerId } from '../../src/ports/transport.ts'

export interface MemoryRecords<T extends { readonly peer: PeerId }> extends RecordsOfPeers<T> {
  /** what is on the disk that is none */
  readonly kept: Map<PeerId, T>
}

export function memoryRecords<T extends { readonly peer: PeerId }>(): MemoryRecords<T> {
  const kept = new Map<PeerId, T>()
  return {
    kept,
    all: async () => [...kept.values()],
    put: async (record) => void kept.set(record.peer, record),
    delete: async (of) => void kept.delete(of),
  }
}

/** What is kept of peers, in memory. */
export const memoryPeerRecords = (): PeerRecords => ({
  bans: memoryRecords(),
  scores: memoryRecords(),
  anchors: memoryRecords(),
})
