import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EvictionCandidate, selectEviction, unprotected } from '../../src/network/eviction.ts'
import type { PeerId } from '../../src/ports/transport.ts'

let next = 0
const candidate = (has: Partial<EvictionCandidate> = {}): EvictionCandidate => {
  const n = next++
  return {
    peer: `peer ${n}` as PeerId,
    keyedGroup: 1_000 + n,
    latencyMs: 100 + n,
    lastBlockAt: undefined,
    lastTransactionAt: undefined,
    since: 1_000_000 + n,
    ...has,
  }
}
/** Of one group, with a bad line, and useless, but for what is told. */
const sybils = (count: number, has: Partial<EvictionCandidate> = {}): EvictionCandidate[] =>
  Array.from({ length: count }, (_, i) =>
    candidate({ keyedGroup: 500, latencyMs: 900, since: 2_000_000 + i, ...has }),
  )

/** Lets one go after the other, each replaced by a new Sybil, and returns who is left. */
function siege(all: readonly EvictionCandidate[], rounds: number, has: Partial<EvictionCandidate> = {}) {
  let left = [...all]
  for (let round = 0; round < rounds; round++) {
    const victim = selectEviction(left)
    if (victim === undefined) break
    left = [...left.filter(({ peer }) => peer !== victim), ...sybils(1, { since: 3_000_000 + round, ...has })]
  }
  return new Set(left)
}

describe('eviction', () => {
  it.for<[string, number, (i: number) => Partial<EvictionCandidate>]>([
    ['is in a group of a high key', 4, (i) => ({ keyedGroup: 2 ** 31 + i, latencyMs: 950 })],
    ['has the lowest latency', 8, (i) => ({ latencyMs: 5 + i, keyedGroup: 1 + i })],
    ['brought transactions last', 4, (i) => ({ lastTransactionAt: 50 + i, keyedGroup: 1, latencyMs: 950 })],
    ['brought blocks last', 4, (i) => ({ lastBlockAt: 50 + i, keyedGroup: 1, latencyMs: 950 })],
    ['has been connected longest', 15, (i) => ({ since: i, keyedGroup: 1, latencyMs: 950 })],
  ])('spares who %s, however many Sybils come', ([, count, has]) => {
    const useful = Array.from({ length: count }, (_, i) => candidate({ since: 2_500_000, ...has(i) }))
    const left = siege([...useful, ...sybils(56 - count)], 300)
    for (const peer of useful) expect(left).toContain(peer)
  })

  it('lets nobody go where everybody is protected', () => {
    expect(selectEviction([])).toBeUndefined()
    expect(selectEviction(Array.from({ length: 12 }, () => candidate()))).toBeUndefined()
  })

  it('lets the youngest go of the group with the most connections', () => {
    const others = Array.from({ length: 30 }, () => candidate({ since: 5_000_000 }))
    const crowd = sybils(26).map((one, i) => ({ ...one, since: 6_000_000 + i }))
    expect(selectEviction([...others, ...crowd])).toBe(crowd.at(-1)!.peer)
  })

  it('spares at least half, whoever they are, and one that was not spared goes', () => {
    const arbitrary = fc.array(
      fc.record({
        keyedGroup: fc.nat(5),
        latencyMs: fc.option(fc.nat(500), { nil: undefined }),
        lastBlockAt: fc.option(fc.nat(500), { nil: undefined }),
        lastTransactionAt: fc.option(fc.nat(500), { nil: undefined }),
        since: fc.nat(500),
      }),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(arbitrary, (records) => {
        const all = records.map((record) => candidate(record))
        const exposed = unprotected(all)
        expect(exposed.length).toBeLessThanOrEqual(all.length / 2)
        const victim = selectEviction(all)
        if (exposed.length === 0) expect(victim).toBeUndefined()
        else expect(exposed.map(({ peer }) => peer)).toContain(victim)
      }),
    )
  })
})
