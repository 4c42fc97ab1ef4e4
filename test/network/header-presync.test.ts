import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HeaderLine } from '../../src/consensus/header-line.ts'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import {
  COMMITMENT_PERIOD,
  createHeaderPresync,
  LOOK_AHEAD_HEADERS,
  type PresyncStep,
} from '../../src/network/header-presync.ts'
import type { BlockHeader } from '../../src/primitives/header.ts'
import { buildHeaders, lineOfGenesis } from '../support/header-builder.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { DEV } from '../support/test-chain.ts'

/** A network whose difficulty moves, so that the schedule is carried over too. */
const ASERT: NetworkParameters = makeNetwork({
  ...BUILT_IN_NETWORKS.dev,
  name: 'moving',
  spacing: 30,
  halfLife: 3600,
  gapCap: 7200,
})
const NOW = DEV.genesisTime + 100_000_000

const COUNT = LOOK_AHEAD_HEADERS + 3_000
const long = buildHeaders(DEV, lineOfGenesis(DEV), COUNT, 'honest')
const work = (headers: readonly BlockHeader[], parameters = DEV): bigint =>
  lineOfGenesis(parameters).work + BigInt(headers.length) * 2n

const presyncOf = (start: HeaderLine, threshold: bigint, seed: string, parameters = DEV) =>
  createHeaderPresync({ parameters, start, threshold, random: createSeededRandom(seed) })
type Presync = ReturnType<typeof presyncOf>

/** Gives the whole chain for one pass, in answers of the sizes that `batches` lists in turn. */
function give(presync: Presync, headers: readonly BlockHeader[], batches: readonly number[], now = NOW) {
  const pass = presync.phase
  const released: BlockHeader[] = []
  let outcome: PresyncStep['outcome'] = 'more'
  let most = 0
  for (
    let from = 0, turn = 0;
    from < headers.length && outcome === 'more' && presync.phase === pass;
    turn++
  ) {
    const size = batches[turn % batches.length]!
    const step = presync.take(headers.slice(from, from + size), from + size < headers.length, now)
    if (!step.ok) return { released, error: step.error.code, most }
    released.push(...step.value.release)
    outcome = step.value.outcome
    from += size
    most = Math.max(most, presync.heldBytes)
  }
  return { released, outcome, most }
}

describe('header presync', () => {
  it('releases a chain with enough work, whole and in order, however it is cut into answers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 200, max: 2_000 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: COUNT }),
        fc.integer(),
        (first, second, needed, seed) => {
          const presync = presyncOf(lineOfGenesis(DEV), work(long.slice(0, needed)), `${seed}`)
          expect(give(presync, long, first)).toMatchObject({ released: [], outcome: 'more' })
          expect(presync.phase).toBe('second')
          const { released, outcome } = give(presync, long, second)
          expect(outcome).toBe('done')
          expect(released.length).toBe(needed)
          expect(released.every((header, i) => header === long[i])).toBe(true)
        },
      ),
      { numRuns: 8 },
    )
  })

  it('holds a header back until so many behind it have matched', () => {
    const presync = presyncOf(lineOfGenesis(DEV), work(long), 'held')
    give(presync, long, [2_000])
    const before = LOOK_AHEAD_HEADERS
    expect(give(presync, long.slice(0, before).concat(long[before]!), [before, 2_000]).released).toEqual([])
  })

  it('keeps the rules of a network whose difficulty moves', () => {
    const headers = buildHeaders(ASERT, lineOfGenesis(ASERT), 300, 'moving', 20)
    const needed = BigInt(2 * 300)
    const presync = presyncOf(lineOfGenesis(ASERT), needed, 'asert', ASERT)
    give(presync, headers, [77])
    expect(give(presync, headers, [100])).toMatchObject({ outcome: 'done' })
    const wrong = presyncOf(lineOfGenesis(ASERT), needed, 'asert', ASERT)
    const easier = buildHeaders({ ...ASERT, spacing: null, halfLife: null }, lineOfGenesis(ASERT), 300, 'x')
    expect(give(wrong, easier, [300])).toMatchObject({ error: 'difficulty-wrong' })
  })

  it('keeps next to nothing of a flood that leads nowhere, and never asks for it again', () => {
    const presync = presyncOf(lineOfGenesis(DEV), 1n << 80n, 'flood')
    const { released, outcome, most } = give(presync, long, [2_000])
    expect(released).toEqual([])
    expect(outcome).toBe('too-little-work')
    expect(most).toBeLessThanOrEqual(Math.max(64, (2 * COUNT) / COMMITMENT_PERIOD / 8))
  })

  it('takes no more headers a second than the time rules allow', () => {
    const late = buildHeaders(DEV, lineOfGenesis(DEV), 40, 'fast', 0)
    const presync = presyncOf(lineOfGenesis(DEV), 1n << 80n, 'fast')
    expect(give(presync, late, [40])).toMatchObject({ error: 'time-too-old' })
    const early = presyncOf(lineOfGenesis(DEV), 1n << 80n, 'early')
    expect(give(early, long, [2_000], DEV.genesisTime + 60)).toMatchObject({ error: 'time-too-new' })
  })

  it('sees through another chain in the second pass before it stores any of it', () => {
    const other = buildHeaders(DEV, lineOfGenesis(DEV), COUNT, 'other')
    for (let seed = 0; seed < 4; seed++) {
      const presync = presyncOf(lineOfGenesis(DEV), work(long), `liar${seed}`)
      give(presync, long, [2_000])
      expect(give(presync, other, [2_000])).toMatchObject({ released: [], error: 'headers-changed' })
    }
  })

  it('sees through a chain that is shorter the second time', () => {
    const presync = presyncOf(lineOfGenesis(DEV), work(long), 'short')
    give(presync, long, [2_000])
    expect(give(presync, long.slice(0, 500), [2_000])).toMatchObject({ error: 'headers-changed' })
  })
})
