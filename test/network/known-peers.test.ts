import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKnownPeers } from '../../src/network/known-peers.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const ADDRESS = ['/ip4/127.0.0.1/tcp/1']
const peerOf = (i: number): PeerId => `peer ${i}` as PeerId

function setUp() {
  const forgotten: PeerId[] = []
  const known = createKnownPeers({
    random: createSeededRandom('known'),
    onForget: (peer) => forgotten.push(peer),
  })
  return { known, forgotten }
}

const told = { addresses: ADDRESS }
const reached = { addresses: ADDRESS, reachedAt: 1 }

/** An address of its own group for each number. */
const spread = (i: number): string => `/ip4/${1 + (i % 9)}.${Math.floor(i / 9) % 256}.1.1/tcp/1`

describe('known peers', () => {
  it('tells a new peer from a new address', () => {
    const { known } = setUp()
    expect(known.update(peerOf(1), told)).toBe(true)
    expect(known.update(peerOf(1), { addresses: ['/ip4/8.8.1.1/tcp/1'] })).toBe(false)
    expect([...known.all()]).toEqual([{ peer: peerOf(1), addresses: ['/ip4/8.8.1.1/tcp/1'], group: '8.8' }])
  })

  it('does not keep a peer without an address', () => {
    const { known } = setUp()
    known.update(peerOf(1), told)
    known.update(peerOf(1), { addresses: [] })
    known.update(peerOf(2), { addresses: [], reachedAt: 1 })
    expect(known.size).toBe(0)
  })

  it('remembers for good that a peer was reached', () => {
    const { known } = setUp()
    known.update(peerOf(1), told)
    known.reached(peerOf(1), 5)
    known.update(peerOf(1), told)
    expect(known.get(peerOf(1))?.reachedAt).toBe(5)
  })

  it('holds 4096 peers, and lets those go first that were never reached', () => {
    const { known, forgotten } = setUp()
    for (let i = 0; i < 1_000; i++) known.update(peerOf(i), reached)
    for (let i = 1_000; i < 9_000; i++) {
      known.update(peerOf(i), { addresses: [spread(i)] })
      expect(known.size).toBeLessThanOrEqual(4_096)
    }
    expect(known.size).toBeGreaterThan(3_800)
    expect([...known.all()].filter(({ reachedAt }) => reachedAt !== undefined)).toHaveLength(1_000)
    expect(forgotten.length).toBe(9_000 - known.size)
  })

  it('keeps 128 peers of one address group, and 2048 with private addresses', () => {
    const { known } = setUp()
    for (let i = 0; i < 1_000; i++) known.update(peerOf(i), { addresses: [`/ip4/8.8.1.${i % 250}/tcp/1`] })
    expect(known.size).toBe(128)
    for (let i = 1_000; i < 5_000; i++) known.update(peerOf(i), told)
    expect(known.size).toBe(128 + 2_048)
  })

  it('keeps 256 peers of those that one peer tells of', () => {
    const { known } = setUp()
    for (let i = 0; i < 1_000; i++)
      known.update(peerOf(i), { addresses: [spread(i)], source: 'liar' as PeerId })
    expect(known.size).toBe(256)
  })

  it('loses no peer that it has reached to any flood of told ones, whatever their groups and sources', () => {
    const flood = fc.array(
      fc.record({
        host: fc.nat({ max: 3 }),
        source: fc.constantFrom(undefined, 'a' as PeerId, 'b' as PeerId),
        count: fc.integer({ min: 1, max: 3_000 }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(flood, (waves) => {
        const { known } = setUp()
        for (let i = 0; i < 100; i++) known.update(peerOf(i), { addresses: [spread(i)], reachedAt: 1 })
        let next = 1_000
        for (const { host, source, count } of waves)
          for (let i = 0; i < count; i++, next++)
            known.update(peerOf(next), {
              addresses: [host === 0 ? spread(i) : `/ip4/5.${host}.1.1/tcp/1`],
              source,
            })
        expect([...known.all()].filter(({ reachedAt }) => reachedAt !== undefined)).toHaveLength(100)
      }),
      { numRuns: 8 },
    )
  })

  it('loses to reached peers of one address group only more of the same', () => {
    const { known } = setUp()
    for (let i = 0; i < 100; i++) known.update(peerOf(i), { addresses: [spread(i)], reachedAt: 1 })
    for (let i = 1_000; i < 9_000; i++)
      known.update(peerOf(i), { addresses: ['/ip4/66.6.1.1/tcp/1'], reachedAt: 2 })
    expect(known.size).toBe(100 + 128)
  })
})
