import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressGroup } from '../../src/network/address-group.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createPeerWorld, SELF } from '../support/peer-world.ts'

const id = (name: string, i = 0): PeerId => `${name} ${i}` as PeerId
/** In the group `a.b`. */
const address = (a: number, b: number, host = 1): string =>
  `/ip4/${a}.${b}.1.${host % 250}/tcp/${1_000 + host}`
const MINUTE = 60_000

type World = ReturnType<typeof createPeerWorld>
const tell = ({ manager }: World, name: string, count: number, where: (i: number) => string): void => {
  for (let i = 0; i < count; i++) manager.learn(id(name, i), { addresses: [where(i)] })
}

describe('outbound slots', () => {
  it('have one connection to an address group, however many peers of it are known', async () => {
    const world = createPeerWorld()
    tell(world, 'crowd', 120, (i) => address(66, 6, i))
    tell(world, 'honest', 20, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(10_000)
    const groups = world.connected().map((peer) => addressGroup(world.addressOf(peer)!))
    expect(groups).toHaveLength(8)
    expect(new Set(groups).size).toBe(8)
  })

  it('are spread, whatever is known, and full wherever the groups that there are allow it', async () => {
    const world = fc.record({
      groups: fc.integer({ min: 1, max: 12 }),
      each: fc.integer({ min: 1, max: 12 }),
      target: fc.integer({ min: 1, max: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(world, async ({ groups, each, target }) => {
        const world = createPeerWorld({ targetOutbound: target })
        for (let g = 0; g < groups; g++) tell(world, `group ${g}`, each, (i) => address(20 + g, 1, i))
        await world.start()
        await world.pass(3_000)
        const share = Math.max(1, Math.ceil(target / groups))
        const counts = Map.groupBy(world.connected(), (peer) => addressGroup(world.addressOf(peer)!))
        for (const peers of counts.values()) expect(peers.length).toBeLessThanOrEqual(share)
        expect(world.connected().length).toBe(Math.min(target, groups * Math.min(each, share)))
        await world.end()
      }),
      { numRuns: 25 },
    )
  })

  it('are not kept empty by private addresses, nor does a named peer wait for its group', async () => {
    const named = new Map([
      [id('named', 0), [address(66, 6, 1)]],
      [id('named', 1), [address(66, 6, 2)]],
    ])
    const world = createPeerWorld({ named })
    tell(world, 'home', 20, (i) => `/ip4/192.168.1.${i}/tcp/1`)
    await world.start()
    await world.pass(5_000)
    expect(world.connected()).toHaveLength(8)
    expect(world.connected()).toEqual(expect.arrayContaining([...named.keys()]))
  })

  it('hold no connection of a DHT query to a group that has its share', async () => {
    const world = createPeerWorld()
    tell(world, 'honest', 20, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(5_000)
    const group = world.addressOf(world.connected()[0]!)!.split('.').slice(0, 2).join('.')
    world.strays(id('stray'), `${group}.9.9/tcp/9`)
    world.close(world.connected().find((peer) => !world.addressOf(peer)!.startsWith(group))!)
    await world.pass(10_000)
    expect(world.connected()).toHaveLength(8 + 1)
    await world.pass(25_000)
    expect(world.connected()).toHaveLength(8)
    expect(world.connected()).not.toContain(id('stray'))
  })

  it('dial nobody that is denied, and nobody else where some are allowed', async () => {
    const ALLOWED = '12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x' as PeerId
    const world = createPeerWorld({ allow: ['20.0.0.0/8', ALLOWED], deny: ['20.1.0.0/16'] })
    world.manager.learn(id('denied'), { addresses: [address(20, 1)] })
    world.manager.learn(id('stranger'), { addresses: [address(21, 1)] })
    world.manager.learn(id('in range'), { addresses: [address(20, 2)] })
    world.manager.learn(ALLOWED, { addresses: [address(30, 1)] })
    world.manager.learn(SELF, { addresses: [address(20, 3)] })
    await world.start()
    await world.pass(20_000)
    expect(world.connected().sort()).toEqual([ALLOWED, id('in range')].sort())
    expect(world.manager.admits('inbound', { address: address(20, 1) })).toBe(false)
  })
})

describe('anchors', () => {
  it('are the two outbound peers connected longest, and are dialled first after a restart', async () => {
    const before = createPeerWorld()
    tell(before, 'old', 2, (i) => address(20 + i, 1))
    await before.start()
    await before.pass(2_000)
    tell(before, 'new', 6, (i) => address(30 + i, 1))
    await before.pass(10_000)
    const anchors = before.manager.peers().filter(({ isAnchor }) => isAnchor)
    expect(anchors.map(({ peer }) => peer).sort()).toEqual([id('old', 0), id('old', 1)])
    await before.end()

    // The address book has been flooded meanwhile.
    const after = createPeerWorld({}, { records: before.records })
    tell(after, 'sybil', 2_000, (i) => address(40 + (i % 100), Math.floor(i / 100)))
    await after.start()
    await after.pass(2_000)
    expect(after.dials.slice(0, 2).sort()).toEqual([id('old', 0), id('old', 1)])
    expect(after.connected()).toEqual(expect.arrayContaining([id('old', 0), id('old', 1)]))
  })

  it('stay while nothing else is connected, and make way for peers that are', async () => {
    const world = createPeerWorld()
    tell(world, 'old', 2, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(2_000)
    for (const i of [0, 1]) {
      world.down.add(id('old', i))
      world.close(id('old', i))
    }
    await world.pass(MINUTE)
    const kept = async () => (await world.records.anchors.all()).map(({ peer }) => peer).sort()
    expect(await kept()).toEqual([id('old', 0), id('old', 1)])
    tell(world, 'new', 4, (i) => address(30 + i, 1))
    await world.pass(10_000)
    expect((await kept()).every((peer) => peer.startsWith('new'))).toBe(true)
  })

  it('are no peers that were banned', async () => {
    const world = createPeerWorld()
    tell(world, 'old', 2, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(2_000)
    await world.manager.ban(id('old', 0), world.clock.now() + MINUTE, 'test')
    await world.pass(1_000)
    expect((await world.records.anchors.all()).map(({ peer }) => peer)).toEqual([id('old', 1)])
  })
})

describe('feelers', () => {
  it('try a peer that was never reached every two minutes or so, and let it go again', async () => {
    const world = createPeerWorld()
    tell(world, 'met', 8, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(5_000)
    tell(world, 'told', 30, (i) => address(40 + i, 1))
    world.dials.length = 0
    await world.pass(20 * MINUTE, 1_000)
    expect(world.dials.length).toBeGreaterThanOrEqual(6)
    expect(world.dials.length).toBeLessThanOrEqual(20)
    expect(new Set(world.dials).size).toBe(world.dials.length)
    expect(world.connected().every((peer) => peer.startsWith('met'))).toBe(true)
    for (const peer of world.dials) expect(world.manager.wasReached(peer)).toBe(true)
  })

  it('are not sent while there are too few connections', async () => {
    const world = createPeerWorld({ targetOutbound: 8 })
    tell(world, 'met', 3, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(10 * MINUTE, 1_000)
    expect(world.letGo).toEqual([])
    expect(world.connected()).toHaveLength(3)
  })
})

describe('inbound peers', () => {
  /** 56 places, some of them taken by peers that are of use, the rest by an attacker; then more of his come. */
  async function besieged() {
    const world = createPeerWorld()
    await world.start()
    for (let i = 0; i < 4; i++) {
      world.comesIn(id('blocks', i), address(66, 6, i))
      world.comesIn(id('transactions', i), address(66, 6, i))
    }
    for (let i = 0; i < 8; i++) {
      world.comesIn(id('near', i), address(66, 6, i))
      world.latencies.set(id('near', i), 5)
    }
    await world.pass(1_000)
    for (let i = 0; world.connected(true).length < 56; i++) {
      world.comesIn(id('sybil', i), address(66, 6, i))
      world.latencies.set(id('sybil', i), 100)
      await world.pass(250)
    }
    for (let i = 0; i < 4; i++) {
      world.manager.brought(id('blocks', i), 'block')
      world.manager.brought(id('transactions', i), 'transaction')
    }
    return world
  }

  it('that are of use keep their places, however many others come, and there is room for who comes', async () => {
    const world = await besieged()
    for (let i = 0; i < 300; i++) {
      expect(world.comesIn(id('late sybil', i), address(66, 6, i))).toBe(true)
      await world.pass(250)
      expect(world.connected(true).length).toBe(56)
    }
    const left = new Set(world.connected(true))
    for (const name of ['blocks', 'transactions'])
      for (let i = 0; i < 4; i++) expect(left).toContain(id(name, i))
    for (let i = 0; i < 8; i++) expect(left).toContain(id('near', i))
    expect(world.letGo.every((peer) => peer.includes('sybil'))).toBe(true)
    expect(world.manager.peers().find(({ peer }) => peer === id('blocks', 0))).toMatchObject({
      isProtected: true,
      blocks: 1,
    })
  })

  it('cost nobody a place before they have shown who they are', async () => {
    const world = await besieged()
    for (let i = 0; i < 100; i++)
      expect(world.manager.admits('inbound', { address: address(66, 6, i) })).toBe(true)
    await world.pass(1_000)
    expect(world.letGo).toEqual([])
  })

  it('are let go again where more of them came at once than there is room for', async () => {
    const world = createPeerWorld({ maxPeers: 10, targetOutbound: 4 })
    await world.start()
    // All have been let in before the first of them was there.
    for (let i = 0; i < 20; i++) expect(world.manager.admits('inbound', { peer: id('in', i) })).toBe(true)
    for (let i = 0; i < 20; i++) world.opens(id('in', i), address(66, 6, i))
    await world.pass(1_000)
    expect(world.connected(true)).toHaveLength(6)
  })

  it('leave the places of outbound ones alone, and are refused where all are protected', async () => {
    const world = createPeerWorld({ maxPeers: 10, targetOutbound: 4 })
    tell(world, 'out', 10, (i) => address(20 + i, 1))
    await world.start()
    for (let i = 0; i < 20; i++) world.comesIn(id('in', i), address(66, 6, i))
    await world.pass(5_000)
    expect(world.connected(false)).toHaveLength(4)
    expect(world.connected(true).length).toBeLessThanOrEqual(6)
  })
})

describe('a stale tip', () => {
  async function steady() {
    const world = createPeerWorld()
    tell(world, 'old', 8, (i) => address(20 + i, 1))
    await world.start()
    await world.pass(MINUTE)
    tell(world, 'new', 8, (i) => address(40 + i, 1))
    world.dials.length = 0
    return world
  }

  it('makes two more peers be asked, and those stay that bring the better one', async () => {
    const world = await steady()
    world.setTipStale(true)
    await world.pass(5_000)
    expect(world.dials).toHaveLength(2)
    expect(world.connected()).toHaveLength(10)
    await world.pass(40_000)
    const [useful] = world.dials
    world.manager.brought(useful!, 'block')
    world.setTipStale(false)
    await world.pass(5_000)
    expect(world.connected()).toHaveLength(8)
    expect(world.connected()).toContain(useful)
  })

  it('that stays so lets them go, and asks others after some minutes', async () => {
    const world = await steady()
    for (let i = 0; i < 8; i++) world.manager.brought(id('old', i), 'block')
    world.setTipStale(true)
    await world.pass(3 * MINUTE)
    expect(world.connected().sort()).toEqual(Array.from({ length: 8 }, (_, i) => id('old', i)))
    world.dials.length = 0
    await world.pass(11 * MINUTE)
    expect(world.dials.length).toBeGreaterThanOrEqual(2)
  })
})

describe('faults', () => {
  it('that add up become a ban with an end, which outlasts a restart', async () => {
    const world = createPeerWorld()
    await world.start()
    const bad = id('bad')
    for (let i = 0; i < 5; i++) {
      expect(world.comesIn(bad, address(66, 6))).toBe(true)
      await world.manager.disconnect(bad, 'headers-not-connected', 'misbehaved')
    }
    expect(world.comesIn(bad, address(66, 6))).toBe(false)
    expect(world.manager.bans()).toEqual([
      { peer: bad, until: world.clock.now() + 3_600_000, reason: 'headers-not-connected' },
    ])
    await world.end()

    const next = createPeerWorld({}, { records: world.records, clock: world.clock })
    await next.start()
    expect(next.comesIn(bad, address(66, 6))).toBe(false)
    await next.pass(61 * MINUTE, MINUTE)
    expect(next.comesIn(bad, address(66, 6))).toBe(true)
    expect(next.manager.score(bad)).toBeGreaterThan(-1)
  })

  it('are forgotten with unban', async () => {
    const world = createPeerWorld()
    await world.start()
    for (let i = 0; i < 5; i++) await world.manager.disconnect(id('bad'), 'test', 'misbehaved')
    expect(await world.manager.unban(id('bad'))).toBe(true)
    expect(world.manager.score(id('bad'))).toBe(0)
    expect(world.comesIn(id('bad'), address(66, 6))).toBe(true)
    expect(await world.manager.unban(id('bad'))).toBe(false)
  })

  it('do not ban a peer that the user named', async () => {
    const world = createPeerWorld({ named: new Map([[id('named'), [address(20, 1)]]]) })
    await world.start()
    for (let i = 0; i < 10; i++) await world.manager.disconnect(id('named'), 'test', 'misbehaved')
    expect(world.manager.bans()).toEqual([])
  })
})
