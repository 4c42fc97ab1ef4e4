import { errorMessage } from '../base/errors.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerConnection, PeerId } from '../ports/transport.ts'
import type { Anchor, RecordsOfPeers } from './peer-records.ts'

/**
 * As in Bitcoin Core. Whoever fills our address book has us after the next restart; with a few peers from before it,
 * which it did not choose, it has not.
 */
const ANCHORS = 2

/** The outbound peers that are dialled first after a restart: those connected longest. */
export interface Anchors {
  /** Reads those of the last run; to be awaited before peers are dialled. */
  load(): Promise<readonly Anchor[]>
  has(peer: PeerId): boolean
  /** Takes note of the outbound connections in their places. Those that have gone stay anchors until others are there. */
  update(kept: readonly PeerConnection[], addressesOf: (peer: PeerId) => readonly string[]): void
  /** The peer is not wanted any more. */
  drop(peer: PeerId): void
  /** Resolves when what was noted is on disk. */
  written(): Promise<void>
}

export interface AnchorsDependencies {
  readonly records: RecordsOfPeers<Anchor>
  readonly logger: Logger
}

export function createAnchors({ records, logger }: AnchorsDependencies): Anchors {
  let anchors = new Map<PeerId, Anchor>()
  let writing = Promise.resolve()

  function write(put: readonly Anchor[], removed: readonly PeerId[]): void {
    writing = writing
      .then(async () => {
        for (const anchor of put) await records.put(anchor)
        for (const peer of removed) await records.delete(peer)
      })
      .catch((error) => logger.warn('anchors not stored', { error: errorMessage(error) }))
  }

  return {
    async load() {
      for (const anchor of (await records.all()).slice(0, ANCHORS)) anchors.set(anchor.peer, anchor)
      return [...anchors.values()]
    },
    has: (peer) => anchors.has(peer),
    update(kept, addressesOf) {
      const longest = [...kept].sort((a, b) => a.since - b.since).slice(0, ANCHORS)
      if (longest.length === ANCHORS && longest.every(({ peer }) => anchors.has(peer))) return
      const next = new Map<PeerId, Anchor>()
      for (const { peer, address } of longest) {
        const addresses = addressesOf(peer)
        next.set(peer, anchors.get(peer) ?? { peer, addresses: addresses.length > 0 ? addresses : [address] })
      }
      for (const [peer, anchor] of anchors) if (next.size < ANCHORS) next.set(peer, anchor)
      const added = [...next.values()].filter(({ peer }) => !anchors.has(peer))
      const removed = [...anchors.keys()].filter((peer) => !next.has(peer))
      anchors = next
      if (added.length + removed.length > 0) write(added, removed)
    },
    drop(peer) {
      if (anchors.delete(peer)) write([], [peer])
    },
    written: () => writing,
  }
}
