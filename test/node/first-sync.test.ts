import { describe, expect, it } from 'vitest'
import { createFirstSyncMiner } from '../../src/node/first-sync.ts'
import type { Miner } from '../../src/ports/miner.ts'
import type { SyncStatus } from '../../src/ports/node-services.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { settle } from '../support/network-node.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'

const SCRIPT = Uint8Array.of(1)
type Seen = Pick<SyncStatus, 'phase' | 'height' | 'bestHeight' | 'peers'>

function setting() {
  const clock = createFakeClock()
  const { logger, lines } = createRecordingLogger()
  const calls: string[] = []
  const unasked = (): never => {
    throw new Error('nobody asks for this')
  }
  const miner: Miner = {
    template: unasked,
    submit: unasked,
    status: () => ({ mining: false, threads: 1, hashesPerSecond: 0, blocksFound: 0, address: undefined }),
    start: (_, address) => void calls.push(`start ${address}`),
    stop: async () => void calls.push('stop'),
    generate: async () => {
      calls.push('generate')
      return []
    },
  }
  let seen: Seen = { phase: 'idle', height: 0, bestHeight: 0, peers: 0 }
  const gated = createFirstSyncMiner({ miner, sync: () => seen, clock, logger })
  const pass = async (ms: number, change: Partial<Seen> = {}) => {
    seen = { ...seen, ...change }
    for (let waited = 0; waited < ms; waited += 250) {
      await settle()
      await clock.advance(250)
    }
    await settle()
  }
  return { gated, calls, pass, lines }
}

describe('mining after the first sync', () => {
  it('begins when a peer is there and nothing is missing', async () => {
    const { gated, calls, pass } = setting()
    gated.startAfterSync(SCRIPT, 'me')
    await pass(2_000, { phase: 'headers', peers: 1 })
    await pass(30_000, { phase: 'blocks', bestHeight: 900 })
    await pass(50_000, { height: 300 })
    expect(calls).toEqual([])
    await pass(750, { phase: 'idle', height: 900 })
    expect(calls).toEqual(['start me'])
  })

  it('begins when no peer has come for ten seconds', async () => {
    const { gated, calls, pass } = setting()
    gated.startAfterSync(SCRIPT, 'me')
    await pass(9_750)
    expect(calls).toEqual([])
    await pass(500)
    expect(calls).toEqual(['start me'])
  })

  it('does not let peers that bring nothing keep it from mining', async () => {
    const { gated, calls, pass, lines } = setting()
    gated.startAfterSync(SCRIPT, 'me')
    await pass(59_750, { phase: 'blocks', peers: 1, bestHeight: 10 })
    expect(calls).toEqual([])
    await pass(500)
    expect(calls).toEqual(['start me'])
    expect(lines.at(-1)).toMatchObject({ fields: { reason: 'no progress' } })
  })

  it('gives way to whoever starts or stops it by hand', async () => {
    const { gated, calls, pass } = setting()
    gated.startAfterSync(SCRIPT, 'me')
    await pass(500)
    gated.start(SCRIPT, 'other')
    await pass(20_000)
    expect(calls).toEqual(['start other'])
    gated.startAfterSync(SCRIPT, 'me')
    await gated.stop()
    await pass(20_000)
    expect(calls).toEqual(['start other', 'stop'])
  })

  it('mines on demand at any time', async () => {
    const { gated, calls } = setting()
    gated.startAfterSync(SCRIPT, 'me')
    await gated.generate(1, SCRIPT, new AbortController().signal)
    expect(calls).toEqual(['generate'])
    await gated.stop()
  })
})
