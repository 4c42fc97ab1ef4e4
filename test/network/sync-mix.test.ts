import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { RECENT_BLOCKS, SERVICE_RECENT_BLOCKS } from '../../protocols/hello/protocol.ts'
import { encodeResponse, type SyncRequest } from '../../protocols/sync/codec.ts'
import type { FrameStream, PeerId } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, until } from '../support/network-node.ts'
import { createScriptedPeer, honestAnswers, type ScriptedPeerOptions } from '../support/scripted-peer.ts'
import { createTestChain } from '../support/test-chain.ts'

const COUNT = 600
let blocks: Block[]
beforeAll(async () => {
  blocks = buildBranch((await createTestChain()).chain.genesis, emptyPlans(COUNT, 'mix'))
})

async function setting() {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'late', { clock })

  /** A peer that answers as it should, each block after so many milliseconds. */
  const paced = (
    perBlockMs: number,
    has: (block: Block) => boolean = () => true,
  ): Partial<ScriptedPeerOptions> => ({
    answer: async (request, stream) => {
      for (const response of honestAnswers(
        request,
        request.kind === 'get-blocks' ? blocks.filter(has) : blocks,
      )) {
        if (request.kind === 'get-blocks' && perBlockMs > 0) await clock.sleep(perBlockMs)
        await stream.send(encodeResponse(response))
      }
    },
  })

  /** Says and does what each kind of peer does. */
  const kinds: Record<string, () => Partial<ScriptedPeerOptions>> = {
    slow: () => paced(1_000),
    mute: () => ({
      answer: (request) => (request.kind === 'get-blocks' ? new Promise<never>(() => {}) : undefined),
    }),
    poor: () => paced(0, () => false),
    pruned: () => ({ ...paced(50), hello: { services: SERVICE_RECENT_BLOCKS } }),
    holey: () => paced(50, ({ header }) => header.nonce % 2 === 0),
    wrong: () => ({
      answer: (request, stream) =>
        request.kind === 'get-blocks'
          ? stream.send(encodeResponse({ kind: 'block', bytes: blocks.at(-1)!.bytes }))
          : undefined,
    }),
    forging: () => ({
      answer: async (request, stream) => {
        for (const response of honestAnswers(request, blocks)) {
          const forged = response.kind === 'block' && Uint8Array.from([...response.bytes.subarray(0, -1), 9])
          await stream.send(encodeResponse(forged ? { kind: 'block', bytes: forged } : response))
        }
      },
    }),
    leaving: () => {
      let asked = 0
      return {
        answer: async (request, stream) => {
          if (request.kind === 'get-blocks' && (asked += 1) > 2)
            return node.transport.disconnect('leaving' as PeerId, 'left')
          return paced(50).answer!(request, stream)
        },
      }
    },
  }
  async function join(name: string, options: Partial<ScriptedPeerOptions> = {}) {
    const scripted = await createScriptedPeer(network, name, { clock, blocks, ...options })
    node.transport.connect(scripted.transport)
    return scripted
  }
  const synced = (limitMs?: number) =>
    until(clock, 'it has caught up', () => node.chain.tip().height === COUNT, limitMs)
  return { clock, node, paced, kinds, join, synced }
}

async function timeWith(paces: readonly number[]): Promise<number> {
  const { join, paced, synced } = await setting()
  await Promise.all(paces.map((pace, i) => join(`p${i}`, paced(pace))))
  return synced()
}

describe('block sync from several peers', () => {
  it('goes at the pace of all together: one that is ten times slower holds nobody up', async () => {
    const [three, four] = [await timeWith([100, 100, 100]), await timeWith([1_000, 100, 100, 100])]
    expect(four).toBeLessThan(three * 1.1)
    // Headers, and the first blocks of each, come on top of what the four of them can do.
    expect(three).toBeLessThan((COUNT * 100 * 1.7) / 3)
  })

  it('asks slow peers for less', async () => {
    const { join, paced, synced } = await setting()
    const [slow, fast] = await Promise.all([join('slow', paced(1_000)), join('fast', paced(100))])
    await synced()
    const asked = ({ asked }: typeof slow) =>
      asked.flatMap((request) => (request.kind === 'get-blocks' ? [request.hashes.length] : []))
    expect(Math.max(...asked(slow).slice(1))).toBeLessThanOrEqual(3)
    expect(Math.max(...asked(fast))).toBe(16)
    expect(asked(slow).reduce((sum, n) => sum + n)).toBeLessThan(COUNT / 5)
  })

  it('replaces a peer that stalls, within two to three seconds', async () => {
    const { node, clock, kinds, join, synced } = await setting()
    await join('mute', kinds.mute!())
    const from = await until(clock, 'it was asked', () => node.sync.status().phase === 'blocks')
    await join('good')
    const waited = await synced()
    expect(node.transport.hungUp.get('mute' as PeerId)).toBe('sync-timeout')
    expect(from + waited).toBeGreaterThanOrEqual(2_000)
    expect(waited).toBeLessThan(3_000)
  })

  it('takes old blocks from those that keep them, and new ones from all', async () => {
    const { paced, kinds, join, synced } = await setting()
    const pruned = await join('pruned', kinds.pruned!())
    const archive = await join('archive', paced(50))
    await synced()
    const recent = new Set(blocks.slice(-RECENT_BLOCKS).map(({ hash }) => hash))
    const asked = ({ asked }: typeof pruned) =>
      asked.flatMap((request) => (request.kind === 'get-blocks' ? request.hashes : []))
    expect(asked(pruned).every((hash) => recent.has(hash))).toBe(true)
    expect(asked(pruned).length).toBeGreaterThan(RECENT_BLOCKS / 4)
    expect(asked(archive).length).toBeLessThan(COUNT)
  })

  it('ends at the tip with one honest peer among any others, and bans only those who lied', async () => {
    const names = ['slow', 'mute', 'poor', 'pruned', 'holey', 'wrong', 'forging', 'leaving']
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 5 }), async (others) => {
        const { node, kinds, join, synced } = await setting()
        for (const name of others) await join(name, kinds[name]!())
        await join('honest', { blocks })
        await synced(60_000)
        expect(node.chain.tip().hash).toBe(blocks.at(-1)!.hash)
        for (const banned of node.transport.bans.keys()) expect(['wrong', 'forging']).toContain(banned)
        expect(node.transport.connections().some(({ peer }) => peer === 'honest')).toBe(true)
        await node.stop()
      }),
      { numRuns: 8 },
    )
  })

  it('is not held up by a block that nobody hands out, once there is a better branch', async () => {
    const { clock, node, join } = await setting()
    const withheld = buildBranch(node.chain.genesis, emptyPlans(50, 'withheld'))
    const nothing = async (request: SyncRequest, stream: FrameStream) => {
      for (const response of honestAnswers(request, request.kind === 'get-blocks' ? [] : withheld))
        await stream.send(encodeResponse(response))
    }
    await join('withholding', { blocks: withheld, answer: nothing })
    await until(clock, 'its headers are there', () => node.chain.bestHeader().height === 50)
    let open = false
    const good = await join('good', {
      blocks,
      hello: { tip: withheld.at(-1)!.hash, height: 50 },
      answer: (request, stream) => (open ? undefined : nothing(request, stream)),
    })
    await until(clock, 'all were asked in vain', () => good.asked.some(({ kind }) => kind === 'get-blocks'))
    open = true
    node.sync.askHeaders(good.transport.self)
    const waited = await until(clock, 'it has caught up', () => node.chain.tip().height === COUNT)
    expect(waited).toBeLessThan(1_000)
  })

  it('goes over to a longer branch that parted long ago', async () => {
    const { node, join, synced } = await setting()
    await node.test.mineMany(400, { tag: 'own' })
    await join('other')
    await synced()
    expect(node.chain.tip().hash).toBe(blocks.at(-1)!.hash)
  })
})
