import { beforeAll, describe, expect, it } from 'vitest'
import { blockTopic } from '../../protocols/gossip/protocol.ts'
import { encodeResponse } from '../../protocols/sync/codec.ts'
import { GOAL_PATIENCE_MS } from '../../src/network/sync-goal.ts'
import { MIN_ASIDE_MS } from '../../src/network/sync-withheld.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import { blockMessage, serveBlocks } from '../support/block-server.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, settle, until } from '../support/network-node.ts'
import {
  createScriptedPeer,
  honestAnswers,
  type ScriptedPeer,
  type ScriptedPeerOptions,
} from '../support/scripted-peer.ts'
import { createTestChain, DEV, MINER } from '../support/test-chain.ts'

const HEIGHT = 40
let honest: Block[]
let hollow: Block[]
beforeAll(async () => {
  const { chain } = await createTestChain()
  honest = buildBranch(chain.genesis, emptyPlans(HEIGHT, 'honest'))
  hollow = buildBranch(chain.genesis, emptyPlans(HEIGHT + 60, 'hollow'))
})

type Answer = ScriptedPeerOptions['answer']
const mute: Answer = (request) => (request.kind === 'get-blocks' ? new Promise<never>(() => {}) : undefined)
const never: Answer = () => new Promise<never>(() => {})

/** Gives headers, and says that it has none of the blocks. */
const without =
  (blocks: readonly Block[]): Answer =>
  async (request, stream) => {
    for (const response of honestAnswers(request, request.kind === 'get-blocks' ? [] : blocks))
      await stream.send(encodeResponse(response))
  }

async function setting() {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'late', { clock })
  const peer = async (
    name: string,
    blocks: Block[],
    answer?: Answer,
    { inbound = false, ...options }: Partial<ScriptedPeerOptions> & { inbound?: boolean } = {},
  ) => {
    const scripted = await createScriptedPeer(network, name, {
      clock,
      blocks,
      ...(answer ? { answer } : {}),
      ...options,
    })
    if (inbound) scripted.transport.connect(node.transport)
    else node.transport.connect(scripted.transport)
    return scripted
  }
  const isAt = (blocks: readonly Block[]) => () => node.chain.tip().hash === blocks.at(-1)!.hash
  return { clock, network, node, peer, isAt }
}

describe('headers with more work whose blocks nobody gives', () => {
  it('do not keep a node from the best chain that can be had, nor make it look behind', async () => {
    const { clock, node, peer, isAt } = await setting()
    await peer('hollow', hollow, without(hollow))
    await peer('honest', honest)
    const waited = await until(clock, 'it has the honest chain', isAt(honest))
    expect(waited).toBeLessThan(1_000)
    expect(node.chain.bestHeader().height).toBe(hollow.length)
    expect(node.sync.status()).toMatchObject({ phase: 'idle', bestHeight: HEIGHT, blocksLeft: 0 })
    expect(node.transport.bans.size + node.transport.hungUp.size).toBe(0)
  })

  it('nor where whoever shows them promises the blocks, comes back under other names, and adds to them', async () => {
    const { clock, node, peer, isAt } = await setting()
    await peer('honest', honest.slice(0, -1))
    await until(clock, 'it is almost there', isAt(honest.slice(0, -1)))
    let shown = HEIGHT + 10
    let stop = false
    const growing: Answer = (request, stream) =>
      request.kind === 'get-blocks'
        ? mute(request, stream)
        : without(hollow.slice(0, Math.min(hollow.length, (shown += 1))))!(request, stream)
    const tip = { tip: hollow.at(-1)!.hash, height: 1_000_000, work: 1n << 60n }
    const come = async (): Promise<void> => {
      for (let i = 0; !stop; i++) {
        await peer(`hollow${i}`, hollow, growing, { inbound: true, hello: tip })
        await clock.sleep(3_000)
      }
    }
    const coming = come()
    await until(clock, 'its headers are the best', () => node.chain.bestHeader().height > HEIGHT)
    await peer('better', honest)
    const waited = await until(clock, 'it has the honest chain', isAt(honest))
    expect(waited).toBeLessThan(GOAL_PATIENCE_MS + 2_000)
    stop = true
    await clock.advance(3_000)
    await coming
  })

  it('leave a node without anything to fetch where there is no other branch, once its patience is over', async () => {
    const { clock, node, peer } = await setting()
    await peer('hollow', hollow, without(hollow))
    await until(clock, 'it wants them', () => node.sync.status().phase === 'blocks')
    const waited = await until(clock, 'it has given up', () => node.sync.status().phase === 'idle')
    expect(waited).toBeGreaterThan(GOAL_PATIENCE_MS - 2_000)
    expect(waited).toBeLessThan(GOAL_PATIENCE_MS + 2_000)
    // A block on the tip is what peers want to hear of.
    const told: string[] = []
    node.transport.publish = async (topic) => told.push(topic)
    await node.test.mine()
    await settle()
    expect(told).toHaveLength(1)
  })

  it('do not keep a node from the block on its tip that is announced', async () => {
    const { clock, network, node, peer } = await setting()
    await peer('hollow', hollow, mute)
    await until(clock, 'it waits for them', () => node.sync.status().phase === 'blocks')
    const { transport } = await createScriptedPeer(network, 'announcer', { clock })
    node.transport.connect(transport)
    await until(clock, 'both are known', () => node.sessions.list().length === 2)
    const server = await serveBlocks(transport, clock)
    server.offer(honest[0]!)
    const verdict = transport.sendTo(node.transport.self, blockTopic(DEV), blockMessage(honest[0]!))
    await until(clock, 'it is connected', () => node.chain.tip().hash === honest[0]!.hash, 500)
    expect(await verdict).toBe('accept')
  })

  it('are tried again later, and followed once their blocks are given', async () => {
    const { clock, node, peer, isAt } = await setting()
    let open = false
    await peer('hollow', hollow, (...asked) => (open ? undefined : without(hollow)!(...asked)), {
      inbound: true,
    })
    await until(clock, 'its headers are there', () => node.chain.bestHeader().height > HEIGHT)
    await peer('honest', honest)
    await until(clock, 'it has the honest chain', isAt(honest))
    open = true
    const waited = await until(clock, 'it has changed over', isAt(hollow))
    expect(waited).toBeGreaterThan(MIN_ASIDE_MS / 2)
    expect(waited).toBeLessThan(MIN_ASIDE_MS + 1_000)
  })

  it('are tried again as soon as a peer shows them whom we have dialled', async () => {
    const { clock, peer, isAt } = await setting()
    await peer('hollow', hollow, without(hollow))
    await peer('honest', honest)
    await until(clock, 'it has the honest chain', isAt(honest))
    await peer('owner', hollow)
    expect(await until(clock, 'it has changed over', isAt(hollow))).toBeLessThan(2_000)
  })
})

describe('an invalid block of a branch beside the best chain', () => {
  it('is blamed on its sender when the chain finds out', async () => {
    const { clock, node, peer, isAt } = await setting()
    for (const block of honest) await node.chain.acceptBlock(block)
    const fork = node.chain.entryAt(HEIGHT - 2)!
    const tooMuch = { coinbaseOutputs: [{ value: 5_000_000_001, scriptPubKey: MINER.scriptPubKey }] }
    const branch = buildBranch(fork, [tooMuch, ...emptyPlans(30, 'liar')])
    await peer('liar', [...honest.slice(0, HEIGHT - 2), ...branch])
    await until(clock, 'it is banned', () => node.transport.bans.size === 1, 10_000)
    expect(node.transport.bans.get('liar' as PeerId)?.reason).toBe('coinbase-value-exceeded')
    expect(isAt(honest)()).toBe(true)
  })
})

describe('peers that never answer for headers', () => {
  const boast = { tip: 'ab'.repeat(32) as Block['hash'], height: 1_000, work: 1n << 60n, services: 0n }
  const crowd = async ({ clock, peer }: Awaited<ReturnType<typeof setting>>, count: number) => {
    const mutes: ScriptedPeer[] = []
    for (let i = 0; i < count; i++)
      mutes.push(await peer(`mute${i}`, [], never, { inbound: true, hello: boast }))
    await until(clock, 'one is asked', () => mutes.some(({ asked }) => asked.length > 0))
    return mutes
  }

  it('do not delay a peer that we have dialled for longer than one late answer', async () => {
    const world = await setting()
    await crowd(world, 12)
    await world.peer('honest', honest)
    const waited = await until(world.clock, 'it has caught up', world.isAt(honest))
    expect(waited).toBeLessThan(2_500)
  })

  it('are asked a few at a time, so that one of many who dial us is heard soon', async () => {
    const world = await setting()
    const mutes = await crowd(world, 12)
    await world.peer('honest', honest, undefined, { inbound: true })
    let most = 0
    const waited = await until(world.clock, 'it has caught up', () => {
      const open = mutes.filter(
        ({ asked, transport }) =>
          asked.length > 0 && world.node.transport.connections().some((c) => c.peer === transport.self),
      )
      most = Math.max(most, open.length)
      return world.isAt(honest)()
    })
    expect(most).toBe(3)
    expect(waited).toBeLessThan(50_000)
  })

  it('may be late: the answer is taken all the same, and nobody is let go for it', async () => {
    const { clock, node, peer, isAt } = await setting()
    const slow: Answer = async (request, stream) => {
      await clock.sleep(6_000)
      for (const response of honestAnswers(request, honest)) await stream.send(encodeResponse(response))
    }
    await peer('slow', honest, slow)
    await until(clock, 'it has caught up', isAt(honest), 30_000)
    expect(node.transport.hungUp.size).toBe(0)
  })
})
