import { describe, expect, it } from 'vitest'
import { encodeResponse } from '../../protocols/sync/codec.ts'
import { MAX_HEADERS } from '../../protocols/sync/protocol.ts'
import { MAX_INBOUND_PRESYNCS } from '../../src/network/sync-header-intake.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import type { BlockHeader } from '../../src/primitives/header.ts'
import { buildBranch } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { buildHeaders, lineOfGenesis } from '../support/header-builder.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, until } from '../support/network-node.ts'
import { createScriptedPeer, type ScriptedPeerOptions } from '../support/scripted-peer.ts'
import { DEV } from '../support/test-chain.ts'

const COUNT = 9_500
const honest = buildHeaders(DEV, lineOfGenesis(DEV), COUNT, 'honest')
const ENOUGH = lineOfGenesis(DEV).work + 2n * 9_000n

/** places of headers in their chains */
const heights = new Map<BlockHash, number>(honest.map(({ hash }, i) => [hash, i]))

type Chains = (asked: number) => readonly BlockHeader[]

async function setting(minimumWork: bigint) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'late', { clock, chainOptions: { minimumWork } })
  /** A peer with headers alone. @param chains - its chain, by how often it was asked */
  const peer = async (name: string, chains: Chains, { inbound = false, delayMs = 0 } = {}) => {
    let asked = 0
    const answer: ScriptedPeerOptions['answer'] = async (request, stream) => {
      if (request.kind !== 'get-headers') return stream.abort(new Error('headers only'))
      const headers = chains((asked += 1))
      if (delayMs > 0) await clock.sleep(delayMs)
      const known = request.locator.find(
        (hash) => heights.has(hash) && headers[heights.get(hash)!]?.hash === hash,
      )
      const from = known === undefined ? 0 : heights.get(known)! + 1
      await stream.send(encodeResponse({ kind: 'headers', headers: headers.slice(from, from + MAX_HEADERS) }))
    }
    const hello = { tip: chains(0).at(-1)!.hash, height: chains(0).length, services: 0n }
    const scripted = await createScriptedPeer(network, name, { clock, hello, answer })
    if (inbound) scripted.transport.connect(node.transport)
    else node.transport.connect(scripted.transport)
    return { ...scripted, requests: () => asked }
  }
  return { clock, network, node, peer }
}

describe('header sync under a minimum of work', () => {
  it('stores a chain that has it after it was looked at twice, and what comes behind at once', async () => {
    const { clock, node, peer } = await setting(ENOUGH)
    const stored: number[] = []
    const phases: string[] = []
    node.chain.events.on('headersAdded', ({ best }) => {
      stored.push(best.height)
      phases.push(node.sync.status().phase)
    })
    const good = await peer('good', () => honest)
    await until(clock, 'it is stored', () => node.chain.bestHeader().height === COUNT)
    const pass = Math.ceil(9_000 / MAX_HEADERS)
    expect(good.requests()).toBeLessThanOrEqual(2 * pass + 2)
    expect(phases[0]).toBe('presync')
    expect(node.sync.status()).toMatchObject({
      phase: 'blocks',
      blocksLeft: COUNT,
      presyncPercent: undefined,
    })
    // Nothing of it before the second pass, and then in its order.
    expect(stored[0]).toBeGreaterThan(0)
    expect(stored.every((height, i) => i === 0 || height > stored[i - 1]!)).toBe(true)
    expect(node.transport.bans.size + node.transport.hungUp.size).toBe(0)
  })

  it('stores nothing of a chain that has too little, blames nobody, and does not ask for it again', async () => {
    const { clock, node, peer } = await setting(1n << 60n)
    const poor = await peer('poor', () => honest)
    const short = await peer('short', () => honest.slice(0, 50))
    await until(clock, 'it was looked at', () => poor.requests() === Math.ceil(COUNT / MAX_HEADERS))
    await until(clock, 'the probes have asked again', () => clock.monotonic() > 60_000)
    expect(node.chain.bestHeader().height).toBe(0)
    expect(poor.requests() + short.requests()).toBeLessThanOrEqual(5 + 1 + 6)
    expect(node.transport.connections()).toHaveLength(2)
    expect(node.sync.status().phase).toBe('idle')
  })

  it('hangs up on a peer that sends another chain the second time', async () => {
    const { clock, node, peer } = await setting(ENOUGH)
    const other = buildHeaders(DEV, lineOfGenesis(DEV), COUNT, 'other')
    for (const [i, { hash }] of other.entries()) heights.set(hash, i)
    await peer('liar', (asked) => (asked <= 5 ? honest : other))
    await until(clock, 'it is let go', () => node.transport.hungUp.size === 1)
    expect(node.transport.hungUp.get('liar' as PeerId)).toBe('headers-changed')
    expect(node.chain.bestHeader().height).toBe(0)
    await peer('good', () => honest)
    await until(clock, 'it is stored', () => node.chain.bestHeader().height === COUNT)
  })

  it('keeps room for those that it has dialled, however many come by themselves', async () => {
    const { clock, node, peer } = await setting(ENOUGH)
    const ahead = await Promise.all(
      Array.from({ length: MAX_INBOUND_PRESYNCS + 3 }, (_, i) =>
        peer(`slow${i}`, () => honest, { inbound: true, delayMs: 9_000 }),
      ),
    )
    await until(clock, 'all were asked', () => ahead.every(({ requests }) => requests() > 0))
    await peer('good', () => honest)
    const waited = await until(clock, 'it is stored', () => node.chain.bestHeader().height === COUNT)
    // A few answers of slow peers come first, not all of theirs.
    expect(waited).toBeLessThan(30_000)
  })
})

describe('headers ahead of our clock', () => {
  it('are asked for again when their time has come', async () => {
    const { clock, network, node } = await setting(0n)
    const time = Math.floor(clock.now() / 1000) + DEV.futureLimit + 600
    const blocks = buildBranch(node.chain.genesis, [{ header: { time } }])
    const early = await createScriptedPeer(network, 'early', { clock, blocks })
    node.transport.connect(early.transport)
    await until(clock, 'it is let go', () => node.transport.hungUp.size === 1)
    // Somebody who had not heard of it when he said hello.
    const hello = { tip: DEV.genesis.hash, height: 0 }
    let open = false
    const answer: ScriptedPeerOptions['answer'] = (request, stream) =>
      open || request.kind !== 'get-headers'
        ? undefined
        : stream.send(encodeResponse({ kind: 'headers', headers: [] }))
    const calm = await createScriptedPeer(network, 'calm', { clock, blocks, hello, answer })
    node.transport.connect(calm.transport)
    await until(clock, 'almost', () => clock.monotonic() > 599_500, 700_000)
    open = true
    const waited = await until(clock, 'it is taken', () => node.chain.tip().height === 1)
    expect(waited).toBeLessThan(1_500)
  })
})
