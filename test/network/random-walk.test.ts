import { describe, expect, it, onTestFinished } from 'vitest'
import { createRandomWalk } from '../../src/network/random-walk.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

function setUp() {
  const clock = createFakeClock()
  const state = { walks: 0, known: 0, found: 0, content: false, fails: false }
  const randomWalk = createRandomWalk({
    clock,
    random: createSeededRandom('walk'),
    logger: SILENT_LOGGER,
    async walk() {
      state.walks += 1
      state.known += state.found
      if (state.fails) throw new Error('no answer')
    },
    knownPeers: () => state.known,
    isContent: () => state.content,
  })
  const stop = new AbortController()
  const done = randomWalk.run(stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await done
  })
  const pass = async (ms: number): Promise<number> => {
    const before = state.walks
    for (let left = ms; left > 0; left -= 50) {
      await clock.advance(50)
      for (let i = 0; i < 10; i++) await Promise.resolve()
    }
    return state.walks - before
  }
  return { state, pass, randomWalk }
}

describe('random walk', () => {
  it('walks every second while walks find peers', async () => {
    const { state, pass } = setUp()
    state.found = 1
    const walks = await pass(20_000)
    expect(walks).toBeGreaterThanOrEqual(18)
    expect(walks).toBeLessThanOrEqual(45)
  })

  it('slows down to one in 15 to 30 s while it finds nobody and wants more', async () => {
    const { pass } = setUp()
    await pass(60_000)
    const walks = await pass(300_000)
    expect(walks).toBeGreaterThanOrEqual(9)
    expect(walks).toBeLessThanOrEqual(20)
  })

  it('slows down to one in 30 to 60 s when there are enough connections', async () => {
    const { state, pass } = setUp()
    state.content = true
    await pass(120_000)
    const walks = await pass(600_000)
    expect(walks).toBeGreaterThanOrEqual(9)
    expect(walks).toBeLessThanOrEqual(20)
  })

  it('asks a new peer soon', async () => {
    const { pass, randomWalk } = setUp()
    await pass(60_000)
    randomWalk.poke()
    expect(await pass(250)).toBe(1)
  })

  it('is in no hurry in a large network, whatever it finds', async () => {
    const { state, pass, randomWalk } = setUp()
    state.known = 1_000
    state.found = 10
    state.content = true
    await pass(120_000)
    for (let i = 0; i < 10; i++) {
      randomWalk.poke()
      await pass(1_000)
    }
    expect(await pass(300_000)).toBeLessThanOrEqual(10)
  })

  it('goes on after a walk that failed', async () => {
    const { state, pass } = setUp()
    state.fails = true
    expect(await pass(60_000)).toBeGreaterThan(3)
  })
})
