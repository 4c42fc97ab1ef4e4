import { describe, expect, it, vi } from 'vitest'
import { GENERATE_PART_MS } from '../../src/api/limits.ts'
import { addressOf, createApiNode } from '../support/api-node.ts'
import { testKey } from '../support/key.ts'

const ALICE = addressOf(testKey('alice'))

describe('mining', () => {
  it('starts for an address of the network and stops', async () => {
    const { get, post } = await createApiNode()
    const idle = { mining: false, threads: 2, hashesPerSecond: 0, blocksFound: 0, address: null }
    expect(await get('/v1/mining')).toEqual({ status: 200, body: idle })
    expect(await post('/v1/mining/start', { address: ALICE })).toEqual({
      status: 200,
      body: { ...idle, mining: true, address: ALICE },
    })
    expect(await post('/v1/mining/stop')).toEqual({ status: 200, body: idle })
    expect(await post('/v1/mining/start', { address: 'nonsense' })).toMatchObject({
      status: 400,
      body: { code: 'address-malformed' },
    })
    expect(await post('/v1/mining/start')).toMatchObject({ status: 400, body: { code: 'request-invalid' } })
  })
})

describe('POST /v1/mining/generate', () => {
  it('mines so many blocks, all to the address', async () => {
    const { post, chain, get } = await createApiNode()
    const { status, body } = await post('/v1/mining/generate', { address: ALICE, blocks: 3 })
    expect(status).toBe(200)
    expect((body as { blocks: { height: number }[] }).blocks.map(({ height }) => height)).toEqual([1, 2, 3])
    expect(chain.tip().height).toBe(3)
    const { coins } = (await get(`/v1/addresses/${ALICE}/coins`)).body as { coins: unknown[] }
    expect(coins).toHaveLength(3)
  })

  it('takes a bounded number', async () => {
    const { post } = await createApiNode()
    for (const blocks of [0, -1, 1.5, 101, '3', null])
      expect(await post('/v1/mining/generate', { address: ALICE, blocks })).toMatchObject({ status: 400 })
  })

  it('answers with what it has found when its time is over', async () => {
    const { post, testMiner, clock } = await createApiNode()
    testMiner.stuck = true
    const answer = post('/v1/mining/generate', { address: ALICE, blocks: 2 })
    await vi.waitFor(() => expect(testMiner.searching).toBe(1))
    await clock.advance(GENERATE_PART_MS)
    expect(await answer).toEqual({ status: 200, body: { blocks: [] } })
    expect(testMiner.searching).toBe(0)
  })

  it('serves one request at a time, and the next one after it', async () => {
    const { post, testMiner, clock } = await createApiNode()
    testMiner.stuck = true
    const first = post('/v1/mining/generate', { address: ALICE, blocks: 1 })
    await vi.waitFor(() => expect(testMiner.searching).toBe(1))
    expect(await post('/v1/mining/generate', { address: ALICE, blocks: 1 })).toMatchObject({
      status: 409,
      body: { code: 'already-generating' },
    })
    await clock.advance(GENERATE_PART_MS)
    await first
    testMiner.stuck = false
    expect(await post('/v1/mining/generate', { address: ALICE, blocks: 1 })).toMatchObject({ status: 200 })
  })

  it('fails as a fault of the node where the miner does, and can be asked again', async () => {
    const { post, testMiner, faults } = await createApiNode()
    const generate = testMiner.generate
    const broken = new Error('a secret of the inside')
    testMiner.generate = () => Promise.reject(broken)
    const { status, body } = await post('/v1/mining/generate', { address: ALICE, blocks: 1 })
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(faults).toEqual([broken])
    testMiner.generate = generate
    expect(await post('/v1/mining/generate', { address: ALICE, blocks: 1 })).toMatchObject({ status: 200 })
  })
})
