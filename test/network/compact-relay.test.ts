import { describe, expect, it } from 'vitest'
import { encodeCompactBlock } from '../../protocols/compact-block.ts'
import { blockTopic } from '../../protocols/gossip/protocol.ts'
import { createRelayClient } from '../../protocols/relay/client.ts'
import type { RelayHandlerDependencies } from '../../protocols/relay/handler.ts'
import { MAX_JOBS_PER_PEER } from '../../src/network/block-jobs.ts'
import { PATIENCE_MS } from '../../src/network/block-race.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { blockMessage, headerMessage, serveBlocks } from '../support/block-server.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, settle, until } from '../support/network-node.ts'
import { createScriptedPeer } from '../support/scripted-peer.ts'
import { coinbaseInput, DEV, MINER } from '../support/test-chain.ts'

const BLOCKS = blockTopic(DEV)
const KEY = testKey('compact')
const PAYMENTS = 6

type Lies = Partial<Pick<RelayHandlerDependencies, 'compactBlock' | 'blockTransactions'>>

/** Never answers, but for the end of the wait. */
const silence = (_: unknown, signal: AbortSignal): Promise<undefined> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** A node with a block to come whose payments it may have, and peers that tell it what the test wants. */
async function setting(held: (index: number) => boolean = () => false) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'node', { clock })
  const coins = await node.test.mineMany(PAYMENTS + DEV.maturity)
  const payments = coins
    .slice(0, PAYMENTS)
    .map((coin, i) =>
      pay([coinbaseInput(coin)], [{ value: 4_999_990_000 - i, scriptPubKey: KEY.scriptPubKey }]),
    )
  for (const [i, tx] of payments.entries()) {
    const accepted = held(i) ? await node.mempool.accept(tx) : undefined
    if (accepted?.ok === false) throw new Error(accepted.error.code)
  }
  const block = node.test.build({ transactions: payments, fees: 6 * 10_000 + 15 })

  async function join(
    name: string,
    lies: Lies = {},
    blocks: readonly Block[] = [],
    { dialled = false } = {},
  ) {
    // It says hello before it has any of them.
    const { hash: tip, height, work } = node.chain.tip()
    const peer = await createScriptedPeer(network, name, { clock, blocks, hello: { tip, height, work } })
    const server = await serveBlocks(peer.transport, clock, lies)
    if (dialled) node.transport.connect(peer.transport)
    else peer.transport.connect(node.transport)
    const known = node.sessions.list().length
    await until(clock, 'the peer is known', () => node.sessions.list().length > known)
    const send = (message: Uint8Array) => peer.transport.sendTo(node.transport.self, BLOCKS, message)
    return { ...peer, server, send }
  }
  /** Without that any time passes by the node's clock. */
  const taken = (which = block) =>
    eventually('the block is taken', () => node.chain.tip().hash === which.hash)
  const banned = (name: string) => node.transport.bans.get(name as PeerId)?.reason
  return { clock, node, block, payments, join, taken, banned }
}

/** Some other payments in the places of the block's own. */
const others = (block: Block): readonly Transaction[] => [
  block.transactions[0]!,
  ...block.transactions
    .slice(1)
    .map((tx, vout) =>
      pay(
        [{ outPoint: { txid: tx.txid, vout }, coin: { value: 1_000 }, key: KEY }],
        [{ value: 900, scriptPubKey: KEY.scriptPubKey }],
      ),
    ),
]

describe('a compact block', () => {
  it('is put together without a question where the mempool has it all', async () => {
    const { node, block, join, taken } = await setting(() => true)
    const peer = await join('peer')
    expect(await peer.send(blockMessage(block))).toBe('accept')
    await taken()
    expect(peer.server.asked).toEqual([])
    expect(node.mempool.size).toBe(0)
  })

  it('has only the missing transactions asked for where the mempool has some', async () => {
    const { block, join, taken } = await setting((i) => i % 2 === 0)
    const peer = await join('peer')
    peer.server.offer(block)
    expect(await peer.send(blockMessage(block))).toBe('accept')
    await taken()
    expect(peer.server.asked).toEqual([{ what: 'transactions', indexes: [2, 4, 6] }])
  })

  it('is asked for where only its header was announced', async () => {
    const { block, join, taken } = await setting((i) => i < 4)
    const peer = await join('peer')
    peer.server.offer(block)
    expect(await peer.send(headerMessage(block))).toBe('accept')
    await taken()
    expect(peer.server.asked).toEqual([{ what: 'compact' }, { what: 'transactions', indexes: [5, 6] }])
  })

  it('is found with transactions that the mempool has let go', async () => {
    const { node, block, payments, join, taken } = await setting(() => true)
    // A rival of the first payment comes into a block, which then turns out to be one that nobody wants.
    const [{ prevout }] = payments[0]!.inputs as [Transaction['inputs'][0]]
    const rival = pay(
      [{ outPoint: prevout, coin: { value: 5_000_000_000 }, key: MINER }],
      [{ value: 4_999_000_000, scriptPubKey: KEY.scriptPubKey }],
    )
    const unwanted = await node.test.mine({ transactions: [rival] })
    await node.test.chain.invalidate(unwanted.hash)
    expect(node.mempool.get(payments[0]!.txid)).toBeUndefined()
    const peer = await join('peer')
    peer.server.offer(block)
    expect(await peer.send(blockMessage(block))).toBe('accept')
    await taken()
    expect(peer.server.asked).toEqual([])
  })

  it('is served by whoever has put it together, before it is connected', async () => {
    const { clock, node, block, join, taken } = await setting()
    const slow = Promise.withResolvers<void>()
    const peer = await join('peer', {
      blockTransactions: async (_, indexes) => {
        await slow.promise
        return indexes.map((index) => block.transactions[index]!.bytes)
      },
      compactBlock: async () => encodeCompactBlock(block, new Uint8Array(8)),
    })
    expect(await peer.send(headerMessage(block))).toBe('accept')
    const client = createRelayClient({ transport: peer.transport, clock, network: DEV }, node.transport.self)
    let answer: unknown
    void client.compactBlock(block.hash).then((each) => {
      answer = each
    })
    await settle()
    expect(answer).toBeUndefined()
    slow.resolve()
    await eventually('it is served', () => answer !== undefined)
    expect(answer).toMatchObject({ ok: true, value: { header: { hash: block.hash } } })
    await taken()
    expect(await client.blockTransactions(block.hash, [0, PAYMENTS])).toMatchObject({
      value: [{ txid: block.transactions[0]!.txid }, { txid: block.transactions[PAYMENTS]!.txid }],
    })
    expect(await client.blockTransactions(block.hash, [PAYMENTS + 1])).toEqual({ ok: true, value: undefined })
    expect(await client.compactBlock(DEV.genesis.hash)).toEqual({ ok: true, value: undefined })
  })

  it('of the topic that lies costs nobody a ban, and the block is taken all the same', async () => {
    for (const held of [() => true, () => false]) {
      const { node, block, join, taken } = await setting(held)
      const peer = await join('peer')
      peer.server.offer(block)
      // Other transactions under the honest header: whoever hands it on cannot know.
      expect(await peer.send(blockMessage(makeBlock(block.header, others(block))))).toBe('accept')
      await taken()
      expect([...node.transport.bans]).toEqual([])
    }
  })

  it('of the topic is one of many: each is tried with its sender, and an honest one is found', async () => {
    const { clock, node, block, join } = await setting(() => true)
    const first = await join('first', {
      compactBlock: silence,
      blockTransactions: (_, __, s) => silence(_, s),
    })
    const liars = [await join('liar 0'), await join('liar 1'), await join('liar 2'), await join('liar 3')]
    const honest = await join('honest')
    honest.server.offer(block)
    expect(await first.send(headerMessage(block))).toBe('accept')
    for (const [i, liar] of liars.entries()) {
      const lie = blockMessage(makeBlock(block.header, others(block)), new Uint8Array(8).fill(i + 1))
      expect(await liar.send(lie)).toBe('ignore')
    }
    expect(await honest.send(blockMessage(block, new Uint8Array(8).fill(99)))).toBe('ignore')
    await until(clock, 'the block is taken', () => node.chain.tip().hash === block.hash, 3_000)
    expect([...node.transport.bans]).toEqual([])
  })
})

describe('a peer that is asked for a compact block', () => {
  it('is banned where it gives transactions that its own compact block does not name', async () => {
    const { block, join, taken, banned } = await setting()
    const lie = others(block)
    const liar = await join('liar', {
      blockTransactions: async (_, indexes) => indexes.map((index) => lie[index]!.bytes),
    })
    liar.server.offer(block)
    const honest = await join('honest')
    honest.server.offer(block)
    expect(await liar.send(headerMessage(block))).toBe('accept')
    await taken()
    expect(banned('liar')).toBe('answer-unasked')
    expect(banned('honest')).toBeUndefined()
  })

  it('is banned where all that it gives is not what the header commits to', async () => {
    const { block, join, taken, banned } = await setting()
    const liar = await join('liar')
    liar.server.offer(makeBlock(block.header, others(block)))
    const honest = await join('honest')
    honest.server.offer(block)
    expect(await liar.send(headerMessage(block))).toBe('accept')
    await taken()
    expect(banned('liar')).toBe('merkle-root-mismatch')
  })

  it('is asked for everything before it is blamed: the mempool may have misled us', async () => {
    const { node, block, payments, join, taken, banned } = await setting(() => true)
    // As if a pending transaction had the short id of another one: its bytes are not those that the block has.
    const stranger = others(block)[1]!
    const entries = node.mempool.entries()
    node.mempool.entries = () =>
      entries.map((entry) =>
        entry.transaction === payments[0]
          ? { ...entry, transaction: { ...stranger, wtxid: payments[0]!.wtxid } }
          : entry,
      )
    const peer = await join('peer')
    peer.server.offer(block)
    expect(await peer.send(headerMessage(block))).toBe('accept')
    await taken()
    expect(peer.server.asked.at(-1)).toEqual({ what: 'transactions', indexes: [1, 2, 3, 4, 5, 6] })
    expect(banned('peer')).toBeUndefined()
  })

  it('is not waited for when it is silent, and has company at once the next time', async () => {
    const { clock, node, block, join, taken, banned } = await setting(() => true)
    const silent = await join('silent', { compactBlock: silence })
    const honest = await join('honest')
    honest.server.offer(block)
    expect(await silent.send(headerMessage(block))).toBe('accept')
    const isTaken = () => node.chain.tip().hash === block.hash
    const waited = await until(clock, 'the block is taken', isTaken, PATIENCE_MS + 500)
    expect(waited).toBeGreaterThanOrEqual(PATIENCE_MS)
    expect(node.transport.broughtBy).toEqual([{ peer: 'honest', what: 'block' }])
    const next = node.test.build()
    honest.server.offer(next)
    expect(await silent.send(headerMessage(next))).toBe('accept')
    await taken(next)
    expect(banned('silent')).toBeUndefined()
  })

  it('has the company of one that we have dialled: a silent crowd that dialled us holds no block up', async () => {
    const { clock, node, block, join } = await setting(() => true)
    const silent = await join('silent', { compactBlock: silence })
    for (let i = 0; i < 12; i++) await join(`silent ${i}`, { compactBlock: silence })
    const honest = await join('honest', {}, [], { dialled: true })
    honest.server.offer(block)
    expect(await silent.send(headerMessage(block))).toBe('accept')
    await until(clock, 'it is taken', () => node.chain.tip().hash === block.hash, PATIENCE_MS + 500)
  })

  it('need not have it: the sync brings the whole block without delay', async () => {
    const { node, block, join, taken } = await setting()
    const chain = []
    for (let height = 1; height <= node.chain.tip().height; height++)
      chain.push((await node.chain.block(node.chain.entryAt(height)!.hash))!)
    const peer = await join('peer', { compactBlock: async () => undefined }, [...chain, block])
    expect(await peer.send(headerMessage(block))).toBe('accept')
    await taken()
    expect(peer.asked.some(({ kind }) => kind === 'get-blocks')).toBe(true)
    expect(node.transport.hungUp.size).toBe(0)
  })

  it('can have so many of its blocks under way, and no more', async () => {
    const { clock, node, join } = await setting()
    const asked = new Set<string>()
    const silent = await join('silent', {
      compactBlock: (hash, signal) => {
        asked.add(hash)
        return silence(hash, signal)
      },
    })
    const rivals = Array.from({ length: MAX_JOBS_PER_PEER + 3 }, (_, i) =>
      node.test.build({ tag: `rival ${i}` }),
    )
    for (const rival of rivals) expect(await silent.send(headerMessage(rival))).toBe('accept')
    await until(clock, 'it has been asked for them', () => asked.size === MAX_JOBS_PER_PEER, 8_000)
    await clock.advance(10_000)
    await settle()
    expect(asked.size).toBe(MAX_JOBS_PER_PEER)
  })
})
