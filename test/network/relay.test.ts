import { describe, expect, it } from 'vitest'
import { encodeBlockMessage, encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { blockTopic, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { concatBytes } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { makeHeader } from '../../src/primitives/header.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, type NetworkNode, settle, until } from '../support/network-node.ts'
import { withOverrides } from '../support/overrides.ts'
import { createScriptedPeer } from '../support/scripted-peer.ts'
import { coinbaseInput, DEV, MINER } from '../support/test-chain.ts'

const BLOCKS = blockTopic(DEV)
const TRANSACTIONS = transactionTopic(DEV)

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
  const sendBlock = (block: Block) => send(encodeBlockMessage(block.bytes))
  const sendTransaction = (tx: Transaction) => send(encodeTransactionMessage(tx.bytes), TRANSACTIONS)
  const banned = () => node.transport.bans.get('sender' as PeerId)?.reason
  const hungUp = () => node.transport.hungUp.get('sender' as PeerId)
  return { clock, network, node, sender, send, sendBlock, sendTransaction, banned, hungUp }
}

describe('block relay', () => {
  it('takes a block that connects and hands it on', async () => {
    const { node, sendBlock } = await setting()
    const block = node.test.build()
    expect(await sendBlock(block)).toBe('accept')
    expect(node.chain.tip().hash).toBe(block.hash)
    expect(node.sessions.list()[0]?.tip.hash).toBe(block.hash)
  })

  it('ignores a block that is known', async () => {
    const { node, sendBlock, banned } = await setting()
    const block = await node.test.mine()
    expect(await sendBlock(block)).toBe('ignore')
    expect(banned()).toBeUndefined()
  })

  it('keeps a block beside the best chain, which nobody has checked in full, to itself', async () => {
    const { node, sendBlock, banned } = await setting()
    const rival = node.test.build({ tag: 'rival' })
    await node.test.mine()
    expect(await sendBlock(rival)).toBe('ignore')
    expect(node.chain.hasBody(rival.hash)).toBe(true)
    expect(banned()).toBeUndefined()
  })

  it('takes blocks that come right behind each other in order', async () => {
    const { node, sendBlock } = await setting()
    const branch = buildBranch(node.chain.tip(), emptyPlans(5, 'burst'))
    expect(await Promise.all(branch.map(sendBlock))).toEqual(Array(5).fill('accept'))
    expect(node.chain.tip().hash).toBe(branch[4]?.hash)
  })

  it('waits with its verdict for parents that the sender has, fetches them, and hands the block on', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const node = await createNetworkNode(network, 'node', { clock })
    const branch = buildBranch(node.chain.genesis, emptyPlans(3, 'new'))
    const sender = await createScriptedPeer(network, 'sender', {
      clock,
      blocks: branch,
      // It said hello before it had these.
      hello: { tip: DEV.genesis.hash, height: 0, work: 2n },
    })
    sender.transport.connect(node.transport)
    await until(clock, 'the sender is known', () => node.sessions.list().length === 1)
    const verdict = sender.transport.sendTo(node.transport.self, BLOCKS, encodeBlockMessage(branch[2]!.bytes))
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
    expect(waited).toBeLessThan(11_000)
    expect([banned(), hungUp()]).toEqual([undefined, undefined])
  })

  it('leaves new blocks to the sync while many are missing', async () => {
    const { node, sender, sendBlock } = await setting()
    const branch = buildBranch(node.chain.tip(), emptyPlans(40, 'far'))
    await node.chain.acceptHeaders(branch.map(({ header }) => header))
    expect(await sendBlock(branch[39]!)).toBe('ignore')
    await settle()
    expect(sender.asked.some(({ kind }) => kind === 'get-headers')).toBe(true)
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
    [
      'merkle-root-mismatch',
      (block) =>
        makeBlock(block.header, [...block.transactions, ...block.transactions, ...block.transactions]),
    ],
    [
      'merkle-tree-mutated',
      (block, node) => {
        // An odd last transaction is paired with itself, so that writing it down leaves the root as it is.
        const transactions = [1, 2].map((value) => payment(block, value))
        const three = node.test.build({ transactions })
        return makeBlock(three.header, [...three.transactions, three.transactions[2]!])
      },
    ],
    ['difficulty-wrong', (_, node) => node.test.build({ header: { bits: 0x207ffffe } })],
    ['time-too-old', (_, node) => node.test.build({ header: { time: node.chain.tip().medianTimePast } })],
    [
      'coinbase-value-exceeded',
      (_, node) =>
        node.test.build({ coinbaseOutputs: [{ value: 5_000_000_001, scriptPubKey: MINER.scriptPubKey }] }),
    ],
    ['coinbase-height-wrong', (_, node) => node.test.build({ coinbaseHeight: 7 })],
  ])('rejects a block and bans its sender for %s', async (code, spoil) => {
    const { node, sendBlock, banned } = await setting()
    expect(await sendBlock(spoil(node.test.build(), node))).toBe('reject')
    expect(banned()).toBe(code)
    expect(node.transport.connections()).toEqual([])
  })

  it('rejects bytes that are no block and bans their sender', async () => {
    const { send, node, banned } = await setting()
    const block = node.test.build()
    expect(await send(encodeBlockMessage(block.bytes.subarray(0, block.bytes.length - 1)))).toBe('reject')
    expect(banned()).toBe('malformed')
  })

  it('rejects a message that is not protobuf and bans its sender', async () => {
    const { send, banned } = await setting()
    expect(await send(Uint8Array.of(0x0a, 0x7f, 1))).toBe('reject')
    expect(banned()).toBe('message-malformed')
  })

  it('ignores a message of a kind that is not known yet, and one that is not canonical', async () => {
    const { send, node, banned } = await setting()
    const message = encodeBlockMessage(node.test.build().bytes)
    expect(await send(Uint8Array.of(0x12, 0x01, 0x00))).toBe('ignore')
    expect(await send(concatBytes(message, Uint8Array.of(0x78, 0x01)))).toBe('ignore')
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

  it('does not reject a block because our disk failed', async () => {
    const full = new CairnError('disk-full', 'no space left')
    const { node, sendBlock, banned } = await setting({
      wrap: (chain) => withOverrides(chain, { acceptBlock: () => Promise.reject(full) }),
    })
    expect(await sendBlock(node.test.build())).toBe('ignore')
    expect(banned()).toBeUndefined()
    expect(node.lines.some(({ phrase }) => phrase === 'block not judged')).toBe(true)
  })

  it('does not hand on another body under the hash of a block that it has just taken', async () => {
    const { node, sendBlock } = await setting()
    const block = node.test.build()
    const forged = makeBlock(block.header, [...block.transactions, ...block.transactions])
    expect(await Promise.all([sendBlock(block), sendBlock(forged)])).toEqual(['accept', 'ignore'])
  })

  it('takes the true body although a forged one under the same hash is being judged', async () => {
    const { node, sendBlock } = await setting()
    const block = node.test.build()
    const forged = makeBlock(block.header, [...block.transactions, ...block.transactions])
    expect(await Promise.all([sendBlock(forged), sendBlock(block)])).toEqual(['reject', 'accept'])
    expect(node.chain.tip().hash).toBe(block.hash)
  })

  it('announces a block of our own to all, over several hops', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const nodes: NetworkNode[] = []
    for (let i = 0; i < 5; i++) nodes.push(await createNetworkNode(network, `n${i}`, { clock }))
    nodes.slice(1).forEach((node, i) => {
      nodes[i]!.transport.connect(node.transport)
    })
    await until(clock, 'all are ready', () => nodes[4]!.sessions.list().length === 1)
    await settle()
    const block = await nodes[0]!.test.mine()
    await until(clock, 'the last one has it', () => nodes[4]!.chain.tip().hash === block.hash, 500)
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

describe('transaction relay', () => {
  /** A node with one coin that can be spent. */
  async function funded() {
    const all = await setting({ height: 0 })
    const coin = await all.node.test.mine()
    await all.node.test.mineMany(DEV.maturity)
    return { ...all, coin }
  }

  it('takes a transaction and hands it on', async () => {
    const { node, coin, sendTransaction } = await funded()
    const tx = payment(coin)
    expect(await sendTransaction(tx)).toBe('accept')
    expect(node.mempool.get(tx.txid)).toBeDefined()
  })

  it('ignores without blame what only policy or the state of the chain is against', async () => {
    const { node, coin, sendTransaction, banned } = await funded()
    const tx = payment(coin)
    const orphan = pay(
      [{ outPoint: { txid: tx.txid, vout: 0 }, coin: tx.outputs[0]!, key: ADA }],
      [{ value: 1_000_000, scriptPubKey: MINER.scriptPubKey }],
    )
    expect(await sendTransaction(orphan)).toBe('ignore')
    expect(await sendTransaction(payment(coin, 5_000_000_000))).toBe('ignore')
    expect(await sendTransaction(tx)).toBe('accept')
    expect(await sendTransaction(payment(coin, 4_999_000_000))).toBe('ignore')
    const young = node.chain.entryAt(5)!
    const immature = payment((await node.chain.block(young.hash))!)
    expect(await sendTransaction(immature)).toBe('ignore')
    expect(banned()).toBeUndefined()
  })

  it('rejects a transaction with a wrong signature and bans its sender', async () => {
    const { coin, sendTransaction, banned } = await funded()
    const tx = payment(coin)
    const forged = makeTransaction({ ...tx, outputs: [{ ...tx.outputs[0]!, value: 1_000_000_000 }] })
    expect(await sendTransaction(forged)).toBe('reject')
    expect(banned()).toBe('signature-invalid')
  })

  it('rejects bytes that are no transaction and bans their sender', async () => {
    const { send, banned } = await setting()
    expect(await send(encodeTransactionMessage(Uint8Array.of(1, 2, 3)), TRANSACTIONS)).toBe('reject')
    expect(banned()).toBe('malformed')
  })

  it('takes the true witness although a forged one for the same txid is being judged', async () => {
    const { coin, sendTransaction } = await funded()
    const tx = payment(coin)
    const [signature, key] = tx.inputs[0]!.witness
    const other = Uint8Array.from(signature!)
    other[10]! ^= 1
    const forged = makeTransaction({ ...tx, inputs: [{ ...tx.inputs[0]!, witness: [other, key!] }] })
    expect(forged.txid).toBe(tx.txid)
    expect((await Promise.all([sendTransaction(forged), sendTransaction(tx)])).at(-1)).toBe('accept')
  })

  it('publishes what a wallet submits, over several hops', async () => {
    const { clock, network, node, coin } = await funded()
    const far = await createNetworkNode(network, 'far', { clock })
    node.transport.connect(far.transport)
    await until(clock, 'it has caught up', () => far.chain.tip().hash === node.chain.tip().hash)
    const tx = payment(coin)
    await node.mempool.accept(tx)
    await until(clock, 'the other one has it', () => far.mempool.get(tx.txid) !== undefined, 500)
  })

  it('keeps a transaction that nobody is there to take and offers it again', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const node = await createNetworkNode(network, 'node', { clock })
    const coin = await node.test.mine()
    await node.test.mineMany(DEV.maturity)
    const tx = payment(coin)
    await node.mempool.accept(tx)
    await until(clock, 'a while has passed', () => clock.monotonic() > 5_000)
    const far = await createNetworkNode(network, 'far', { clock })
    node.transport.connect(far.transport)
    await until(clock, 'the other one has it', () => far.mempool.get(tx.txid) !== undefined, 40_000)
  })

  it('does not reject a transaction because our disk failed', async () => {
    const { node, coin, sendTransaction, banned } = await funded()
    node.mempool.accept = () => Promise.reject(new CairnError('disk-failed', 'unreadable'))
    expect(await sendTransaction(payment(coin))).toBe('ignore')
    expect(banned()).toBeUndefined()
  })
})
