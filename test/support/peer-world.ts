import { onTestFinished } from 'vitest'
import type { PeerLinks } from '../../src/network/peer-links.ts'
import { createPeerManager, type PeerManagerOptions } from '../../src/network/peer-manager.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { PeerConnection, PeerId } from '../../src/ports/transport.ts'
import { createFakeClock } from './fake-clock.ts'
import { memoryPeerRecords } from './peer-records.ts'
import { createSeededRandom } from './seeded-random.ts'

export const SELF = 'self' as PeerId

/** A manager over links that work at once, but to peers that are down; time passes when told. */
export function createPeerWorld(
  options: Partial<PeerManagerOptions> = {},
  { records = memoryPeerRecords(), clock = createFakeClock(), seed = 'peer world' } = {},
) {
  const table = new Map<PeerId, PeerConnection>()
  const latencies = new Map<PeerId, number>()
  const dials: PeerId[] = []
  const letGo: PeerId[] = []
  const down = new Set<PeerId>()
  let stale = false

  function open(peer: PeerId, address: string, inbound: boolean): void {
    const connection = { peer, address, inbound, since: clock.now() }
    table.set(peer, connection)
    manager.opened(connection)
    manager.identified(peer)
  }
  function close(peer: PeerId): void {
    const connection = table.get(peer)
    if (connection === undefined) return
    table.delete(peer)
    manager.closed(connection)
  }
  const links: PeerLinks = {
    async dial(peer, addresses) {
      dials.push(peer)
      if (down.has(peer) || addresses.length === 0) throw new Error('refused')
      open(peer, addresses[0]!, false)
    },
    async hangUp(peer) {
      letGo.push(peer)
      close(peer)
    },
    connections: () => [...table.values()],
    latencyMs: (peer) => latencies.get(peer),
    isBusy: () => false,
  }
  const manager = createPeerManager(
    { self: SELF, targetOutbound: 8, maxPeers: 64, named: new Map(), allow: [], deny: [], ...options },
    {
      clock,
      random: createSeededRandom(seed),
      logger: SILENT_LOGGER,
      records,
      links,
      isTipStale: () => stale,
      onReached: () => {},
      onForget: () => {},
    },
  )

  const stop = new AbortController()
  let running = Promise.resolve()
  const end = async (): Promise<void> => {
    stop.abort()
    await clock.advance(0)
    await running
  }
  onTestFinished(end)

  return {
    ...{ manager, clock, records, dials, letGo, down, latencies, close, end },
    setTipStale(now: boolean): void {
      stale = now
    },
    async start(): Promise<void> {
      await manager.load()
      running = manager.run(stop.signal)
    },
    /** Lets so much time pass, with the turns that promises need. */
    async pass(ms: number, stepMs = 250): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(stepMs)
        for (let i = 0; i < 10; i++) await Promise.resolve()
      }
    },
    /** Somebody dials us; whether it got in. */
    comesIn(peer: PeerId, address: string): boolean {
      if (!manager.admits('inbound', { address }) || !manager.admits('inbound', { peer, address }))
        return false
      open(peer, address, true)
      return true
    },
    /** Somebody who has been let in is there. */
    opens: (peer: PeerId, address: string): void => open(peer, address, true),
    /** A query of the DHT has dialled. */
    strays: (peer: PeerId, address: string): void => open(peer, address, false),
    connected: (inbound?: boolean): PeerId[] =>
      [...table.values()]
        .filter((connection) => inbound === undefined || connection.inbound === inbound)
        .map(({ peer }) => peer),
    addressOf: (peer: PeerId): string | undefined => table.get(peer)?.address,
  }
}
