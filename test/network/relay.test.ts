import { describe, expect, it } from 'vitest'
import { encodeBlockMessage } from '../../protocols/gossip/codec.ts'
import { blockTopic } from '../../protocols/gossip/protocol.ts'
import { concatBytes } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import { CONTEXT_WAIT_MS, MAX_JUDGED, MAX_JUDGED_PER_PEER } from '../../src/network/block-relay.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { makeHeader } from '../../src/primitives/header.ts'
import { blockMessage, headerMessage, serveBlocks } from '../support/block-server.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, type NetworkNode, settle, until } from '../support/network-node.ts'
import { withOverrides } from '../support/overrides.ts'
import { createScriptedPeer } from '../support/scripted-peer.ts'
import { coinbaseInput, DEV, MINER } from '../support/test-chain.ts'

const BLOCKS = blockTopic(DEV)

const ADA = testKey('ada')
const payment = (coin: Block, value = 4_999_990_000) =>
  pay([coinbaseInput(coin)], [{ value, scriptPubKey: ADA.scriptPubKey }])

/** A node of some height, and a peer that sends it what the test wants. */
async function setting({
  height = 1,
  wrap,
}: {
  height?: number
  wrap?: (chain: NetworkNode['chain']) => NetworkNode['chain']
} = {}) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'node', { clock, height, ...(wrap ? { wrap } : {}) })
  const sender = await createScriptedPeer(network, 'sender', { clock })
  sender.transport.connect(node.transport)
  await until(clock, 'the sender is known', () => node.sessions.list().length === 1)
  const send = (bytes: Uint8Array, topic = BLOCKS) =>
    sender.transport.sendTo(node.transport.self, topic, bytes)
  const server = await serveBlocks(sender.transport, clock)
  const sendBlock = (block: Block) => {
    server.offer(block)
    return send(blockMessage(block))
  }
  const banned = () => node.transport.bans.get('sender' as PeerId)?.reason
  const hungUp = () => node.transport.hungUp.get('sender' as PeerId)
  return { clock, network, node, sender, server, send, sendBlock, banned, hungUp }
}

describe('block relay', () => {
  it('hands a block on and takes it', async () => {
    const { clock, node, sendBlock } = await setting()
    const block = node.test.build()
    expect(await sendBlock(block)).toBe('accept')
    await until(clock, 'it is connected', () => node.chain.tip().hash === block.hash, 500)
    expect(node.sessions.list()[0]?.tip.hash).toBe(block.hash)
    expect(node.transport.broughtBy).toEqual([{ peer: 'sender', what: 'block' }])
  })

  it('ignores a block that is known', async () => {
    const { node, sendBlock, banned } = await setting()
    const block = await node.test.mine()
    expect(await sendBlock(block)).toBe('ignore')
    expect(banned()).toBeUndefined()
  })

  it('keeps only the header of a block beside the best chain', async () => {
    const { node, server, sendBlock, banned } = await setting()
    const rival = node.test.build({ tag: 'rival', transactions: [] })
    await node.test.mine()
    expect(await sendBlock(rival)).toBe('accept')
    await settle()
    expect(node.chain.entry(rival.hash)).toBeDefined()
    expect(node.chain.hasBody(rival.hash)).toBe(false)
    expect(server.asked).toEqual([])
    expect(banned()).toBeUndefined()
  })

  it('takes blocks that come right behind each other', async () => {
    const { clock, node, sendBlock } = await setting()
    const branch = buildBranch(node.chain.tip(), emptyPlans(5, 'burst'))
    const verdicts = []
    for (const block of branch) verdicts.push(await sendBlock(block))
    expect(verdicts).toEqual(Array(5).fill('accept'))
    await until(clock, 'all are connected', () => node.chain.tip().hash === branch[4]?.hash, 500)
  })

  it('waits with its verdict for parents that the sender has, fetches them, and hands the block on', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const node = await createNetworkNode(network, 'node', { clock })
    const branch = buildBranch(node.chain.genesis, emptyPlans(3, 'new'))
    const sender = await createScriptedPeer(network, 'sender', {
      clock,
      blocks: branch.slice(0, 2),
      // It said hello before it had these.
      hello: { tip: DEV.genesis.hash, height: 0, work: 2n },
    })
    const server = await serveBlocks(sender.transport, clock)
    server.offer(branch[2]!)
    sender.transport.connect(node.transport)
    await until(clock, 'the sender is known', () => node.sessions.list().length === 1)
    const verdict = sender.transport.sendTo(node.transport.self, BLOCKS, headerMessage(branch[2]!))
    await until(clock, 'it has caught up', () => node.chain.tip().height === 3, 1_000)
    expect(await verdict).toBe('accept')
  })

  it('ignores a block whose parents nobody has, without blame, and waits no longer than ten seconds', async () => {
    const { clock, node, sendBlock, banned, hungUp } = await setting()
    const [, , orphan] = buildBranch(node.chain.tip(), emptyPlans(3, 'orphan'))
    let verdict: string | undefined
    void sendBlock(orphan!).then((each) => {
      verdict = each
    })
    const waited = await until(clock, 'there is a verdict', () => verdict !== undefined)
    expect(verdict).toBe('ignore')
    expect(waited).toBeGreaterThanOrEqual(CONTEXT_WAIT_MS)
    expect(waited).toBeLessThan(CONTEXT_WAIT_MS + 1_000)
    expect([banned(), hungUp()]).toEqual([undefined, undefined])
  })

  it('holds so many verdicts for one peer, and none of them keeps another peer waiting', async () => {
    const { clock, network, node, sendBlock } = await setting()
    const orphans = Array.from(
      { length: MAX_JUDGED_PER_PEER + 5 },
      (_, i) => buildBranch(node.chain.tip(), emptyPlans(2, `orphan ${i}`))[1]!,
    )
    const verdicts: string[] = []
    for (const orphan of orphans) void sendBlock(orphan).then((verdict) => verdicts.push(verdict))
    await settle()
    expect(verdicts).toEqual(Array(5).fill('ignore'))
    const other = await createScriptedPeer(network, 'other', { clock })
    const server = await serveBlocks(other.transport, clock)
    other.transport.connect(node.transport)
    await until(clock, 'the other is known', () => node.sessions.list().length === 2)
    const block = node.test.build()
    server.offer(block)
    expect(await other.transport.sendTo(node.transport.self, BLOCKS, blockMessage(block))).toBe('accept')
    await until(clock, 'it is connected', () => node.chain.tip().hash === block.hash, 500)
  })

  it('takes a block on a known one although a crowd has announced all that may wait for its parents', async () => {
    const { network, node, sendBlock } = await setting()
    const verdicts: unknown[] = []
    for (let at = 0; at < MAX_JUDGED; at += MAX_JUDGED_PER_PEER) {
      const stranger = network.join(`stranger ${at}`)
      stranger.connect(node.transport)
      for (let i = at; i < at + MAX_JUDGED_PER_PEER; i++) {
        const [, orphan] = buildBranch(node.chain.tip(), emptyPlans(2, `orphan ${i}`))
        void stranger
          .sendTo(node.transport.self, BLOCKS, blockMessage(orphan!))
          .then((verdict) => verdicts.push(verdict))
      }
    }
    await settle()
    expect(verdicts).toEqual([])
    expect(await sendBlock(node.test.build())).toBe('accept')
  })

  it('leaves new blocks to the sync while many are missing', async () => {
    const { node, server, sendBlock } = await setting()
    const branch = buildBranch(node.chain.tip(), emptyPlans(40, 'far'))
    await node.chain.acceptHeaders(branch.map(({ header }) => header))
    expect(await sendBlock(branch[39]!)).toBe('ignore')
    await settle()
    expect(server.asked).toEqual([])
  })

  it('ignores a header whose branch has less work than is worth storing', async () => {
    const { node, sendBlock, banned } = await setting({
      height: 3,
      wrap: (chain) => withOverrides(chain, { workThreshold: () => chain.tip().work }),
    })
    const fork = buildBranch(node.chain.genesis, emptyPlans(1, 'weak'))
    expect(await sendBlock(fork[0]!)).toBe('ignore')
    expect(node.chain.entry(fork[0]!.hash)).toBeUndefined()
    expect(banned()).toBeUndefined()
  })

  it.each<[string, (block: Block, node: NetworkNode) => Block]>([
    [
      'proof-of-work-insufficient',
      (block) => {
        for (let nonce = 0; ; nonce++) {
          const header = makeHeader({ ...block.header, nonce })
          if (header.hash >= '8') return makeBlock(header, block.transactions)
        }
      },
    ],
    ['difficulty-wrong', (_, node) => node.test.build({ header: { bits: 0x207ffffe } })],
    ['time-too-old', (_, node) => node.test.build({ header: { time: node.chain.tip().medianTimePast } })],
  ])('rejects a header and bans its sender for %s', async (code, spoil) => {
    const { node, sendBlock, banned } = await setting()
    expect(await sendBlock(spoil(node.test.build(), node))).toBe('reject')
    expect(banned()).toBe(code)
    expect(node.transport.connections()).toEqual([])
  })

  it.each<[string, (block: Block, node: NetworkNode) => Block]>([
    ['merkle-root-mismatch', (block) => makeBlock(block.header, Array(3).fill(block.transactions[0]))],
    [
      'merkle-tree-mutated',
      (block, node) => {
        // An odd last transaction is paired with itself, so that writing it down leaves the root as it is.
        const transactions = [1, 2].map((value) => payment(block, value))
        const three = node.test.build({ transactions })
        return makeBlock(three.header, [...three.transactions, three.transactions[2]!])
      },
    ],
  ])('bans a peer that serves a block which its header does not commit to: %s', async (code, spoil) => {
    const { clock, node, sendBlock, banned } = await setting()
    expect(await sendBlock(spoil(node.test.build(), node))).toBe('accept')
    await until(clock, 'it is banned', () => banned() === code, 500)
    expect(node.chain.tip().height).toBe(1)
  })

  it.each<[string, (node: NetworkNode) => Block]>([
    [
      'coinbase-value-exceeded',
      (node) =>
        node.test.build({ coinbaseOutputs: [{ value: 5_000_000_001, scriptPubKey: MINER.scriptPubKey }] }),
    ],
    ['coinbase-height-wrong', (node) => node.test.build({ coinbaseHeight: 7 })],
  ])('refuses a block, and blames nobody who need not have seen it: %s', async (code, spoil) => {
    const { clock, node, sendBlock, banned, hungUp } = await setting()
    const block = spoil(node)
    expect(await sendBlock(block)).toBe('accept')
    const refused = () => node.lines.find(({ phrase }) => phrase === 'announced block refused')
    await until(clock, 'it is refused', () => refused() !== undefined, 500)
    expect(refused()).toMatchObject({ fields: { hash: block.hash, code } })
    expect(node.chain.tip().height).toBe(1)
    // Its header, and one on it, tell nothing about the body either.
    const child = buildBranch(
      { ...node.chain.tip(), header: block.header, hash: block.hash, height: 2 },
      emptyPlans(1, 'child'),
    )
    expect(await sendBlock(child[0]!)).toBe('ignore')
    expect([banned(), hungUp()]).toEqual([undefined, undefined])
  })

  it('rejects bytes that are no compact block, and more than a header, and bans their sender', async () => {
    for (const kind of ['compact', 'header'] as const) {
      const { send, node, banned } = await setting()
      const { bytes } = node.test.build()
      expect(await send(encodeBlockMessage({ kind, bytes: bytes.subarray(0, 100) }))).toBe('reject')
      expect(banned()).toBe('malformed')
    }
  })

  it('rejects a message that is not protobuf and bans its sender', async () => {
    const { send, banned } = await setting()
    expect(await send(Uint8Array.of(0x0a, 0x7f, 1))).toBe('reject')
    expect(banned()).toBe('message-malformed')
  })

  it('ignores a message of a kind that is not known yet, and one that is not canonical', async () => {
    const { send, node, banned } = await setting()
    expect(await send(Uint8Array.of(0x1a, 0x01, 0x00))).toBe('ignore')
    expect(await send(concatBytes(headerMessage(node.test.build()), Uint8Array.of(0x78, 0x01)))).toBe(
      'ignore',
    )
    expect(banned()).toBeUndefined()
    expect(node.chain.tip().height).toBe(1)
  })

  it('ignores a block that is ahead of our clock, and hangs up without a ban', async () => {
    const { clock, node, sendBlock, banned, hungUp } = await setting()
    const time = Math.floor(clock.now() / 1000) + DEV.futureLimit + 1
    expect(await sendBlock(node.test.build({ header: { time } }))).toBe('ignore')
    expect([banned(), hungUp()]).toEqual([undefined, 'time-too-new'])
    await clock.advance(1_000)
  })

  it('blames nobody because our disk failed', async () => {
    const full = new CairnError('disk-full', 'no space left')
    const { clock, node, sendBlock, banned } = await setting({
      wrap: (chain) => withOverrides(chain, { acceptBlock: () => Promise.reject(full) }),
    })
    expect(await sendBlock(node.test.build())).toBe('accept')
    const told = () => node.lines.some(({ phrase }) => phrase === 'announced block not stored')
    await until(clock, 'it is said', told, 500)
    const headers = await setting({
      wrap: (chain) => withOverrides(chain, { acceptHeaders: () => Promise.reject(full) }),
    })
    expect(await headers.sendBlock(headers.node.test.build())).toBe('ignore')
    expect([banned(), headers.banned()]).toEqual([undefined, undefined])
  })

  it('hands one announcement of a header on, whatever compact forms of it come', async () => {
    const { node, server, send, sendBlock } = await setting()
    const block = node.test.build()
    server.offer(block)
    const [other, third] = [1, 2].map((fill) => blockMessage(block, new Uint8Array(8).fill(fill)))
    const verdicts = await Promise.all([
      sendBlock(block),
      send(other!),
      send(third!),
      send(headerMessage(block)),
    ])
    expect(verdicts).toEqual(['accept', 'ignore', 'ignore', 'ignore'])
  })

  it.each<[string, number]>([
    ['in compact form', 1],
    ['by its header', 200],
  ])('announces a block of our own to all, over several hops, %s', async (_, outputs) => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const nodes: NetworkNode[] = []
    for (let i = 0; i < 5; i++) nodes.push(await createNetworkNode(network, `n${i}`, { clock }))
    nodes.slice(1).forEach((node, i) => {
      nodes[i]!.transport.connect(node.transport)
    })
    await until(clock, 'all are ready', () => nodes[4]!.sessions.list().length === 1)
    await settle()
    const coinbaseOutputs = Array.from({ length: outputs }, () => ({
      value: 1,
      scriptPubKey: ADA.scriptPubKey,
    }))
    const block = await nodes[0]!.test.mine({ coinbaseOutputs })
    await until(clock, 'the last one has it', () => nodes[4]!.chain.tip().hash === block.hash, 500)
    for (const [i, { transport }] of nodes.entries())
      expect(transport.broughtBy.filter(({ what }) => what === 'block').length > 0, `${i}`).toBe(i > 0)
  })

  it('carries a reorganisation over several hops whose nodes never saw the first block of the new branch', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const nodes: NetworkNode[] = []
    for (let i = 0; i < 5; i++) nodes.push(await createNetworkNode(network, `n${i}`, { clock }))
    nodes.slice(1).forEach((node, i) => {
      nodes[i]!.transport.connect(node.transport)
    })
    await until(clock, 'all are ready', () => nodes[4]!.sessions.list().length === 1)
    await nodes[4]!.test.mine({ tag: 'a' })
    await until(clock, 'all have it', () => nodes.every(({ chain }) => chain.tip().height === 1), 500)
    const [b, c] = buildBranch(nodes[0]!.chain.genesis, emptyPlans(2, 'b'))
    await nodes[0]!.chain.acceptBlock(b!)
    await nodes[0]!.chain.acceptBlock(c!)
    // Long before a probe would have found it.
    await until(
      clock,
      'all have changed over',
      () => nodes.every(({ chain }) => chain.tip().hash === c!.hash),
      2_000,
    )
    expect(nodes.flatMap(({ transport }) => [...transport.bans])).toEqual([])
  })
})
