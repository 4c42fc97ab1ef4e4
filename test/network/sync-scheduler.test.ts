import { beforeAll, describe, expect, it } from 'vitest'
import {
  HELLO_LIMITS,
  helloProtocol,
  RECENT_BLOCKS,
  SERVICE_RECENT_BLOCKS,
} from '../../protocols/hello/protocol.ts'
import { encodeResponse } from '../../protocols/sync/codec.ts'
import { CairnError } from '../../src/base/errors.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import { makeHeader } from '../../src/primitives/header.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, type NetworkNode, settle, until } from '../support/network-node.ts'
import { withOverrides } from '../support/overrides.ts'
import { createScriptedPeer, honestAnswers, type ScriptedPeerOptions } from '../support/scripted-peer.ts'
import { createTestChain, DEV, MINER } from '../support/test-chain.ts'

let blocks: Block[]
beforeAll(async () => {
  blocks = await (await createTestChain()).mineMany(300)
})

const never = () => new Promise<never>(() => {})

async function setting() {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'late', { clock })
  const peer = async (name: string, options: Partial<ScriptedPeerOptions> = {}) => {
    const scripted = await createScriptedPeer(network, name, { clock, blocks, ...options })
    node.transport.connect(scripted.transport)
    return scripted
  }
  const reached = (height: number) => () => node.chain.tip().height === height
  return { clock, network, node, peer, reached }
}

const phrases = (node: NetworkNode, phrase: string) => node.lines.filter((line) => line.phrase === phrase)

describe('sync', () => {
  it('catches up 300 blocks from another node', async () => {
    const { clock, network, node, reached } = await setting()
    const ahead = await createNetworkNode(network, 'ahead', { clock, height: 300 })
    node.transport.connect(ahead.transport)
    await until(clock, 'it has caught up', reached(300), 10_000)
    expect(node.chain.tip().hash).toBe(ahead.chain.tip().hash)
    expect(node.sync.status()).toMatchObject({ phase: 'idle', height: 300, bestHeight: 300, peers: 1 })
    expect(phrases(node, 'chain caught up')).toHaveLength(1)
    expect(phrases(node, 'headers received')[0]?.fields).toMatchObject({ count: 300, bestHeight: 300 })
  })

  it('fetches from three peers at once, in batches of at most 16, each block once', async () => {
    const { clock, node, peer, reached } = await setting()
    const peers = await Promise.all([peer('x'), peer('y'), peer('z')])
    await until(clock, 'it has caught up', reached(300), 10_000)
    const asked = peers.map(({ asked }) =>
      asked.flatMap((request) => (request.kind === 'get-blocks' ? [request.hashes] : [])),
    )
    for (const batches of asked) {
      expect(batches.length).toBeGreaterThan(2)
      expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(16)
    }
    const all = asked.flat(2)
    expect(all).toHaveLength(300)
    expect(new Set(all).size).toBe(300)
    expect(node.sync.status().blocksPerSecond).toBeGreaterThan(0)
  })

  it('keeps asking while answers are full, without fetching a header twice', async () => {
    const { clock, node, peer } = await setting()
    const many = buildBranch(node.chain.genesis, emptyPlans(4_500, 'many'))
    const [x, y] = await Promise.all([peer('x', { blocks: many }), peer('y', { blocks: many })])
    await until(clock, 'the headers are there', () => node.chain.bestHeader().height === 4_500, 10_000)
    const asked = [...x.asked, ...y.asked].filter(({ kind }) => kind === 'get-headers')
    expect(asked.length).toBeLessThanOrEqual(5)
    await node.stop()
  })

  it('asks a peer that keeps only recent blocks for no others', async () => {
    const { clock, node, peer, reached } = await setting()
    const pruned = await peer('pruned', { hello: { services: SERVICE_RECENT_BLOCKS } })
    await until(clock, 'it knows the headers', () => node.chain.bestHeader().height === 300)
    await clock.advance(5_000)
    await settle()
    const heights = () =>
      pruned.asked.flatMap((request) =>
        request.kind === 'get-blocks' ? request.hashes.map((hash) => node.chain.entry(hash)!.height) : [],
      )
    expect(Math.min(...heights())).toBeGreaterThan(300 - RECENT_BLOCKS)
    expect(node.chain.tip().height).toBe(0)
    await peer('whole')
    await until(clock, 'it has caught up', reached(300), 30_000)
    expect(Math.min(...heights())).toBeGreaterThan(300 - RECENT_BLOCKS)
  })

  it('catches up with the last 288 blocks from a peer that has no others', async () => {
    const { clock, node, peer, reached } = await setting()
    for (const block of blocks.slice(0, 300 - RECENT_BLOCKS)) await node.chain.acceptBlock(block)
    const kept = new Set(blocks.slice(300 - RECENT_BLOCKS).map(({ hash }) => hash))
    const pruned = await peer('pruned', { hello: { services: SERVICE_RECENT_BLOCKS } })
    await until(clock, 'it has caught up', reached(300), 10_000)
    for (const request of pruned.asked)
      if (request.kind === 'get-blocks') for (const hash of request.hashes) expect(kept).toContain(hash)
  })

  it('gives the blocks of a stalled peer to another one, and lets it go', async () => {
    const { clock, node, peer, reached } = await setting()
    const stalled = await peer('stalled', {
      answer: (request) => (request.kind === 'get-blocks' ? never() : undefined),
    })
    await until(clock, 'the staller is asked', () => stalled.asked.some(({ kind }) => kind === 'get-blocks'))
    await peer('good')
    const waited = await until(clock, 'it has caught up', reached(300))
    // Sooner than the 10 s that a single answer may take, since it held others up.
    expect(waited).toBeLessThan(5_000)
    expect(node.transport.hungUp.get('stalled' as PeerId)).toBe('sync-timeout')
    expect(node.transport.connections().map(({ peer }) => peer)).toEqual(['good'])
  })

  it('lets a peer go that does not answer for headers, and goes on with another', async () => {
    const { clock, node, peer, reached } = await setting()
    await peer('mute', { answer: () => never() })
    await settle()
    await peer('good')
    await until(clock, 'it has caught up', reached(300), 20_000)
    expect(node.transport.hungUp.get('mute' as PeerId)).toBe('sync-timeout')
  })

  it('bans a peer that sends an invalid block and gets the valid chain from another', async () => {
    const { clock, node, peer, reached } = await setting()
    const parent = node.chain.genesis
    const tooMuch = { coinbaseOutputs: [{ value: 5_000_000_001, scriptPubKey: MINER.scriptPubKey }] }
    const invalid = buildBranch(parent, [...emptyPlans(50, 'liar'), tooMuch, ...emptyPlans(300, 'liar')])
    await peer('liar', { blocks: invalid })
    await peer('good')
    await until(clock, 'it has caught up', reached(300))
    expect(node.transport.bans.get('liar' as PeerId)?.reason).toBe('coinbase-value-exceeded')
    expect(node.chain.tip().hash).toBe(blocks.at(-1)?.hash)
    expect(node.transport.connections().map(({ peer }) => peer)).toEqual(['good'])
  })

  it('bans a peer whose block has another body, and takes the block from another', async () => {
    const { clock, node, peer, reached } = await setting()
    const swap = (block: Block): Block => ({
      ...block,
      // The header of the block that was asked for, and the transactions of another one.
      bytes: Uint8Array.from([...block.bytes.subarray(0, 80), ...blocks[7]!.bytes.subarray(80)]),
    })
    await peer('forger', { blocks: blocks.map((block, i) => (i === 20 ? swap(block) : block)) })
    await until(clock, 'it is banned', () => node.transport.bans.size === 1)
    expect(node.transport.bans.get('forger' as PeerId)?.reason).toBe('merkle-root-mismatch')
    await peer('good')
    await until(clock, 'it has caught up', reached(300), 10_000)
  })

  it.each([
    [
      'headers that do not follow one another',
      'headers-unlinked',
      (headers: Block[]) => [headers[0]!, headers[2]!],
    ],
    ['headers that begin nowhere', 'headers-unlinked', (headers: Block[]) => headers.slice(5, 9)],
  ])('bans a peer for %s', async (_, code, choose) => {
    const { clock, node, peer } = await setting()
    await peer('liar', {
      answer: async (request, stream) => {
        if (request.kind !== 'get-headers') return
        await stream.send(
          encodeResponse({ kind: 'headers', headers: choose(blocks).map(({ header }) => header) }),
        )
      },
    })
    await until(clock, 'it is banned', () => node.transport.bans.size === 1)
    expect(node.transport.bans.get('liar' as PeerId)?.reason).toBe(code)
  })

  it('bans a peer for a header without its proof of work', async () => {
    const { clock, node, peer } = await setting()
    const first = blocks[0]!.header
    const bad = makeHeader({ ...first, bits: 0x1d00ffff })
    const hello = { tip: bad.hash, height: 1 }
    await peer('liar', { blocks: [{ ...blocks[0]!, header: bad, hash: bad.hash }], hello })
    await until(clock, 'it is banned', () => node.transport.bans.size === 1)
    expect(node.transport.bans.get('liar' as PeerId)?.reason).toBe('proof-of-work-insufficient')
  })

  it('hangs up on a peer whose header is ahead of our clock, without a ban', async () => {
    const { clock, node, peer } = await setting()
    const time = Math.floor(clock.now() / 1000) + DEV.futureLimit + 60
    await peer('early', { blocks: buildBranch(node.chain.genesis, [{ header: { time } }]) })
    await until(clock, 'it is let go', () => node.transport.hungUp.size === 1)
    expect(node.transport.hungUp.get('early' as PeerId)).toBe('time-too-new')
    expect(node.transport.bans.size).toBe(0)
  })

  it('bans a peer that answers with a block that was not asked for', async () => {
    const { clock, node, peer } = await setting()
    await peer('liar', {
      answer: (request, stream) =>
        request.kind === 'get-blocks'
          ? stream.send(encodeResponse({ kind: 'block', bytes: blocks[200]!.bytes }))
          : undefined,
    })
    await until(clock, 'it is banned', () => node.transport.bans.size === 1)
    expect(node.transport.bans.get('liar' as PeerId)?.reason).toBe('answer-unasked')
  })

  it('leaves a peer alone that lacks the blocks, without hanging up', async () => {
    const { clock, node, peer, reached } = await setting()
    const poor = await peer('poor', {
      answer: async (request, stream) => {
        const responses = honestAnswers(request, request.kind === 'get-blocks' ? [] : blocks)
        for (const response of responses) await stream.send(encodeResponse(response))
      },
    })
    await until(clock, 'it was asked', () => poor.asked.some(({ kind }) => kind === 'get-blocks'))
    await peer('good')
    await until(clock, 'it has caught up', reached(300), 10_000)
    expect(poor.asked.filter(({ kind }) => kind === 'get-blocks').length).toBeLessThanOrEqual(2)
    expect(node.transport.hungUp.size + node.transport.bans.size).toBe(0)
  })

  it('does not ask a peer for blocks that does not serve them', async () => {
    const { clock, peer, node } = await setting()
    const light = await peer('light', { hello: { services: 0n } })
    await until(clock, 'the headers are there', () => node.chain.bestHeader().height === 300)
    await until(clock, 'a while has passed', () => clock.monotonic() > 5_000)
    expect(light.asked.some(({ kind }) => kind === 'get-blocks')).toBe(false)
    expect(node.sync.status()).toMatchObject({ phase: 'blocks', height: 0, bestHeight: 300 })
  })

  it('does not believe a claim of work that brings no headers, and does not ask for ever', async () => {
    const { clock, peer, node } = await setting()
    const tip = blocks[299]!.hash
    const boaster = await peer('boaster', { blocks: [], hello: { tip, height: 1_000_000, work: 1n << 100n } })
    await until(clock, 'a minute has passed', () => clock.monotonic() > 60_000)
    expect(node.sync.status().phase).toBe('idle')
    // The first time for its claim, then only by the probe.
    expect(boaster.asked.length).toBeLessThanOrEqual(7)
  })

  it('finds what gossip missed by asking a random peer now and then', async () => {
    const { clock, network, node } = await setting()
    const ahead = await createNetworkNode(network, 'ahead', { clock, height: 3 })
    node.transport.connect(ahead.transport)
    await until(clock, 'it has caught up', () => node.chain.tip().height === 3)
    ahead.transport.publish = async () => 0
    await ahead.test.mineMany(2)
    const waited = await until(clock, 'it has caught up again', () => node.chain.tip().height === 5)
    expect(waited).toBeLessThan(13_000)
  })

  it('changes over to a branch with more work', async () => {
    const { clock, node, peer, reached } = await setting()
    await node.test.mineMany(10, { tag: 'mine' })
    await peer('other')
    await until(clock, 'it has caught up', reached(300), 10_000)
    expect(node.chain.tip().hash).toBe(blocks[299]!.hash)
  })

  it('tries a block again that our disk did not take, and blames nobody', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    let failures = 3
    const node = await createNetworkNode(network, 'late', {
      clock,
      wrap: (chain) =>
        withOverrides(chain, {
          acceptBlock: (block) => {
            const isNext = chain.entry(block.header.previous)?.height === 40
            if (!isNext || failures === 0) return chain.acceptBlock(block)
            failures -= 1
            return Promise.reject(new CairnError('disk-full', 'no space left'))
          },
        }),
    })
    const peer = await createScriptedPeer(network, 'good', { clock, blocks })
    node.transport.connect(peer.transport)
    await until(clock, 'it has caught up', () => node.chain.tip().height === 300)
    expect(phrases(node, 'block not stored')).toHaveLength(3)
    expect(node.transport.connections()).toHaveLength(1)
  })

  it('takes up a request stream again that the peer has ended meanwhile', async () => {
    const { clock, network, node } = await setting()
    const ahead = await createNetworkNode(network, 'ahead', { clock, height: 3 })
    node.transport.connect(ahead.transport)
    await until(clock, 'it has caught up', () => node.chain.tip().height === 3)
    // Longer than a server keeps a stream open on which nothing is asked.
    const asked = ahead.transport.inboundStreams()
    await until(clock, 'streams were ended', () => clock.monotonic() > 400_000, 500_000)
    expect(asked).toBeGreaterThan(0)
    ahead.transport.publish = async () => 0
    await ahead.test.mineMany(40)
    await until(clock, 'it has caught up again', () => node.chain.tip().height === 43)
    expect(node.transport.hungUp.size).toBe(0)
  })

  it('drops what it was doing when it is stopped', async () => {
    const { clock, node, peer } = await setting()
    const stalled = await peer('stalled', {
      answer: (request) => (request.kind === 'get-blocks' ? never() : undefined),
    })
    await until(clock, 'it was asked', () => stalled.asked.some(({ kind }) => kind === 'get-blocks'))
    await node.stop()
    expect(phrases(node, 'sync ended')).toEqual([])
  })
})

describe('sync among peers that fail all the time', () => {
  it('ends at the best chain', async () => {
    const { clock, node, peer, reached } = await setting()
    let turn = 0
    const flaky = (every: number): Partial<ScriptedPeerOptions> => ({
      answer: (_, stream) => {
        if ((turn += 1) % every !== 0) return undefined
        stream.abort(new Error('the wire broke'))
        return Promise.resolve()
      },
    })
    await Promise.all([peer('a', flaky(3)), peer('b', flaky(4)), peer('c', flaky(5))])
    await until(clock, 'it has caught up', reached(300), 300_000)
    expect(node.transport.bans.size).toBe(0)
  })

  it('survives a peer that comes and goes', async () => {
    const { clock, node, peer, reached } = await setting()
    const stranger = await peer('x')
    await stranger.transport.handle(helloProtocol(DEV), HELLO_LIMITS, async () => {
      throw new Error('gone')
    })
    for (let i = 0; i < 5; i++) {
      await settle()
      await stranger.transport.disconnect(node.transport.self, 'bye')
      await settle()
      stranger.transport.connect(node.transport)
    }
    await peer('good')
    await until(clock, 'it has caught up', reached(300), 30_000)
  })
})
