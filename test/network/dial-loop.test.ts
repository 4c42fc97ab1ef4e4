import { describe, expect, it, onTestFinished } from 'vitest'
import { createAnchors } from '../../src/network/anchors.ts'
import { createBackOff } from '../../src/network/back-off.ts'
import { createDialLoop, type DialLoopOptions } from '../../src/network/dial-loop.ts'
import { createExtraPeers } from '../../src/network/extra-peers.ts'
import { createKnownPeers } from '../../src/network/known-peers.ts'
import { createPeerDialer } from '../../src/network/peer-dialer.ts'
import type { PeerLinks } from '../../src/network/peer-links.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { PeerConnection, PeerId } from '../../src/ports/transport.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { memoryPeerRecords } from '../support/peer-records.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const peerOf = (i: number): PeerId => `peer ${i}` as PeerId

/** A world in which dials succeed at once, but to those that are down. */
function setUp(options: Partial<DialLoopOptions> = {}) {
  const named = options.named ?? []
  const clock = createFakeClock()
  const random = createSeededRandom('dial loop')
  const connections = new Map<PeerId, PeerConnection>()
  const dials: PeerId[] = []
  const down = new Set<PeerId>()
  const busy = new Set<PeerId>()
  const banned = new Set<PeerId>()
  const forgotten: PeerId[] = []
  let isTipStale = false
  const lastBlocks = new Map<PeerId, number>()
  const known = createKnownPeers({ random, onForget: (peer) => forgotten.push(peer) })
  const backOff = createBackOff({ clock, random, isNamed: (peer) => named.includes(peer) })
  const connect = (peer: PeerId, inbound: boolean): void => {
    const address = known.get(peer)?.addresses[0] ?? '/ip4/127.0.0.1/tcp/1'
    connections.set(peer, { peer, inbound, address, since: clock.now() })
  }
  const isNamed = (peer: PeerId): boolean => named.includes(peer)
  const addressesOf = (peer: PeerId): readonly string[] => known.get(peer)?.addresses ?? []
  const links: PeerLinks = {
    connections: () => [...connections.values()],
    isBusy: (peer) => busy.has(peer),
    latencyMs: () => undefined,
    async dial(peer) {
      dials.push(peer)
      if (down.has(peer)) throw new Error('refused')
      connect(peer, false)
    },
    async hangUp(peer) {
      connections.delete(peer)
    },
  }
  const loop = createDialLoop(
    { targetOutbound: 4, maxPeers: 8, ...options, named },
    {
      clock,
      random,
      known,
      backOff,
      anchors: createAnchors({ records: memoryPeerRecords().anchors, logger: SILENT_LOGGER }),
      extra: createExtraPeers({
        clock,
        random,
        logger: SILENT_LOGGER,
        isTipStale: () => isTipStale,
        lastBlockAt: (peer) => lastBlocks.get(peer),
      }),
      dialer: createPeerDialer({ clock, logger: SILENT_LOGGER, known, backOff, links, addressesOf, isNamed }),
      addressesOf,
      mayDial: (peer) => backOff.mayDial(peer) && !banned.has(peer),
      connections: links.connections,
      isNamed,
      score: () => 0,
      isBusy: links.isBusy,
      hangUp(peer) {
        backOff.letGo(peer)
        connections.delete(peer)
      },
    },
  )
  const stop = new AbortController()
  const run = (): void => {
    const done = loop.run(stop.signal)
    onTestFinished(async () => {
      stop.abort()
      await clock.advance(0)
      await done
    })
  }
  /** Lets so much time pass, with the turns that promises need. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 10) {
      await clock.advance(10)
      for (let i = 0; i < 20; i++) await Promise.resolve()
    }
  }
  const learn = (i: number, address = '/ip4/127.0.0.1/tcp/1', reached = false): void => {
    if (known.update(peerOf(i), { addresses: [address], ...(reached && { reachedAt: 1 }) })) loop.poke()
  }
  const setTipStale = (stale: boolean): void => {
    isTipStale = stale
  }
  return {
    ...{ run, pass, learn, connect, connections, dials, down, busy, banned, forgotten, known, loop, clock },
    ...{ lastBlocks, setTipStale },
  }
}

describe('dial loop', () => {
  it('dials as many known peers as wanted, and no more', async () => {
    const { run, pass, learn, connections } = setUp()
    for (let i = 0; i < 20; i++) learn(i)
    run()
    await pass(2_000)
    expect(connections.size).toBe(4)
  })

  it('dials a peer within 50 ms of hearing of it', async () => {
    const { run, pass, learn, dials } = setUp()
    run()
    await pass(1_000)
    learn(1)
    await pass(50)
    expect(dials).toEqual([peerOf(1)])
  })

  it('counts only outbound connections towards the target', async () => {
    const { run, pass, learn, connect, connections } = setUp()
    for (let i = 100; i < 103; i++) connect(peerOf(i), true)
    for (let i = 0; i < 20; i++) learn(i)
    run()
    await pass(1_000)
    expect(connections.size).toBe(3 + 4)
  })

  it('never makes more connections than the limit on peers', async () => {
    const { run, pass, learn, connect, connections } = setUp()
    for (let i = 100; i < 107; i++) connect(peerOf(i), true)
    for (let i = 0; i < 20; i++) learn(i)
    run()
    await pass(1_000)
    expect(connections.size).toBe(8)
  })

  it('replaces a peer that goes', async () => {
    const { run, pass, learn, connections, loop } = setUp()
    for (let i = 0; i < 20; i++) learn(i)
    run()
    await pass(100)
    const [gone] = connections.keys()
    connections.delete(gone!)
    loop.poke()
    await pass(100)
    expect(connections.size).toBe(4)
  })

  it('waits ever longer between dials of a peer that is down, and forgets it at last', async () => {
    const { run, pass, learn, connect, dials, down, forgotten } = setUp()
    connect(peerOf(0), true)
    down.add(peerOf(1))
    learn(1)
    run()
    await pass(10_000)
    expect(dials.length).toBeGreaterThanOrEqual(3)
    expect(dials.length).toBeLessThanOrEqual(6)
    await pass(300_000)
    expect(dials).toHaveLength(8)
    expect(forgotten).toEqual([peerOf(1)])
  })

  it('forgets nobody while it has no connection at all, since that may be its own fault', async () => {
    const { run, pass, learn, down, forgotten } = setUp()
    down.add(peerOf(1))
    learn(1)
    run()
    await pass(1_200_000)
    expect(forgotten).toEqual([])
  })

  it('does not forget a peer soon that it has been connected to', async () => {
    const { run, pass, learn, connect, down, forgotten } = setUp()
    connect(peerOf(0), true)
    down.add(peerOf(1))
    learn(1, undefined, true)
    run()
    await pass(1_800_000)
    expect(forgotten).toEqual([])
  })

  it('dials a peer that the user named every 30 s at least, for ever and whatever the target', async () => {
    const { run, pass, learn, dials, down, connections } = setUp({ named: [peerOf(99)] })
    down.add(peerOf(99))
    for (let i = 0; i < 20; i++) learn(i)
    run()
    await pass(600_000)
    const before = dials.filter((peer) => peer === peerOf(99)).length
    expect(before).toBeGreaterThanOrEqual(20)
    down.clear()
    await pass(31_000)
    expect(connections.has(peerOf(99))).toBe(true)
  })

  it('does not dial a banned peer', async () => {
    const { run, pass, learn, dials, banned } = setUp()
    banned.add(peerOf(1))
    learn(1)
    run()
    await pass(5_000)
    expect(dials).toEqual([])
  })

  it('prefers address groups that it has no outbound connection to', async () => {
    const { run, pass, learn, connect, dials } = setUp({ targetOutbound: 2 })
    learn(0, '/ip4/8.8.0.1/tcp/1')
    connect(peerOf(0), false)
    for (let i = 1; i < 200; i++) learn(i, `/ip4/8.8.1.${i}/tcp/1`)
    learn(500, '/ip4/9.9.1.1/tcp/1')
    run()
    await pass(100)
    expect(dials).toEqual([peerOf(500)])
  })

  it('chooses among address groups, not hosts: who runs most of the hosts in one group is not chosen for it', async () => {
    const { run, pass, learn, dials } = setUp({ targetOutbound: 2 })
    for (let i = 0; i < 120; i++) learn(i, `/ip4/8.8.1.${i}/tcp/1`)
    for (let i = 0; i < 30; i++) learn(200 + i, `/ip4/9.${i}.1.1/tcp/1`)
    run()
    await pass(100)
    expect(dials).toHaveLength(2)
    expect(dials.filter((peer) => Number(peer.split(' ')[1]) < 120)).toEqual([])
  })

  it('prefers peers that it has reached before', async () => {
    const { run, pass, learn, dials } = setUp({ targetOutbound: 1 })
    for (let i = 0; i < 100; i++) learn(i, undefined, i === 42)
    run()
    await pass(100)
    expect(dials).toEqual([peerOf(42)])
  })

  it('lets idle outbound connections beyond the target go after 30 s, the youngest first', async () => {
    const { run, pass, connect, connections, busy } = setUp({ targetOutbound: 3, named: [peerOf(3)] })
    connect(peerOf(0), false)
    run()
    await pass(1_000)
    for (const i of [1, 2, 3, 4]) connect(peerOf(i), false)
    busy.add(peerOf(4))
    await pass(29_000)
    expect(connections.size).toBe(5)
    await pass(3_000)
    // 3 is the user's, 0 and 1 are the oldest, 4 is in use.
    expect([...connections.keys()].sort()).toEqual([0, 1, 3, 4].map(peerOf))
  })
})
