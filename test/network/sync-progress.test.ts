import { describe, expect, it } from 'vitest'
import { createSyncProgress } from '../../src/network/sync-progress.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { createTestChain } from '../support/test-chain.ts'

const PEER = 'peer' as PeerId

async function setting() {
  const clock = createFakeClock()
  const { chain } = await createTestChain({ clock })
  const { logger, lines } = createRecordingLogger()
  const progress = createSyncProgress({ chain, goal: chain.bestHeader.bind(chain), clock, logger })
  return { clock, chain, progress, lines, phrases: () => lines.map(({ phrase }) => phrase) }
}

describe('sync progress', () => {
  it('gives the rate of the last ten seconds', async () => {
    const { clock, progress } = await setting()
    expect(progress.estimate().blocksPerSecond).toBe(0)
    for (let i = 0; i < 300; i++) {
      progress.block()
      await clock.advance(100)
    }
    expect(progress.estimate().blocksPerSecond).toBeCloseTo(10, 0)
    await clock.advance(20_000)
    expect(progress.estimate().blocksPerSecond).toBe(0)
  })

  it('says how long the rest takes at this rate, as soon as there is one', async () => {
    const { clock, chain, progress } = await setting()
    const branch = buildBranch(chain.genesis, emptyPlans(100, 'estimate'))
    await chain.acceptHeaders(branch.map(({ header }) => header))
    expect(progress.estimate()).toEqual({ blocksLeft: 100, blocksPerSecond: 0, secondsLeft: undefined })
    for (let i = 0; i < 10; i++) {
      await chain.acceptBlock(branch[i]!)
      progress.block()
      await clock.advance(500)
    }
    expect(progress.estimate()).toMatchObject({ blocksLeft: 90, secondsLeft: 45 })
    for (const block of branch.slice(10)) await chain.acceptBlock(block)
    expect(progress.estimate()).toMatchObject({ blocksLeft: 0, secondsLeft: undefined })
  })

  it('speaks of blocks at most every five seconds, and once more at the end', async () => {
    const { clock, progress, lines, phrases } = await setting()
    for (let i = 0; i < 120; i++) {
      progress.block()
      await clock.advance(100)
    }
    expect(phrases()).toEqual(['blocks connected', 'blocks connected'])
    progress.settle()
    progress.settle()
    expect(phrases().slice(2)).toEqual(['chain caught up'])
    expect(lines.reduce((sum, { fields }) => sum + (fields.count as number), 0)).toBe(120)
  })

  it('speaks of headers at once, then at most every five seconds, and leaves none out', async () => {
    const { clock, progress, lines, phrases } = await setting()
    for (let i = 0; i < 8; i++) {
      progress.headers(2_000, PEER)
      await clock.advance(1_000)
    }
    expect(phrases()).toEqual(['headers received', 'headers received'])
    progress.settle()
    expect(lines.reduce((sum, { fields }) => sum + (fields.count as number), 0)).toBe(16_000)
  })

  it('says nothing of headers that were known', async () => {
    const { progress, lines } = await setting()
    progress.headers(0, PEER)
    progress.settle()
    expect(lines).toEqual([])
  })
})
