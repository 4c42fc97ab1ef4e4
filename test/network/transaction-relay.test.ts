import { describe, expect, it, vi } from 'vitest'
import { encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { transactionTopic } from '../../protocols/gossip/protocol.ts'
import { toHex } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import { err } from '../../src/base/result.ts'
import { MAX_PEER_JUDGED } from '../../src/network/transaction-intake.ts'
import { MAX_PEER_HELD_VERDICTS } from '../../src/network/transaction-topic.ts'
import type { Block } from '../../src/primitives/block.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, settle, until } from '../support/network-node.ts'
import { createRelayPeer } from '../support/relay-peer.ts'
import { coinbaseInput, DEV } from '../support/test-chain.ts'

const ADA = testKey('ada')

const toAda = (value: number) => ({ value, scriptPubKey: ADA.scriptPubKey })
const payment = (coin: Block, fee = 10_000) => pay([coinbaseInput(coin)], [toAda(5_000_000_000 - fee)])
const outputOf = (tx: Transaction, vout = 0): TestInput => ({
  outPoint: { txid: tx.txid, vout },
  coin: tx.outputs[vout]!,
  key: ADA,
})
const childOf = (...parents: readonly Transaction[]) =>
  pay(
    parents.map((tx) => outputOf(tx)),
    [toAda(parents.reduce((sum, { outputs }) => sum + outputs[0]!.value, -10_000))],
  )
const withWrongSignature = (tx: Transaction) =>
  makeTransaction({ ...tx, outputs: [{ ...tx.outputs[0]!, value: tx.outputs[0]!.value - 1 }] })

/** A node with coins that can be spent, and a peer that sends it what the test wants. */
async function setting({ coins = 2 } = {}) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'node', { clock })
  const blocks = await node.test.mineMany(coins)
  await node.test.mineMany(DEV.maturity)
  const join = async (name: string) => {
    const peer = await createRelayPeer(network, name, { clock })
    peer.transport.connect(node.transport)
    await until(clock, 'the peer is known', () => node.sessions.get(peer.self) !== undefined)
    await settle()
    return peer
  }
  const sender = await join('sender')
  const accept = vi.spyOn(node.mempool, 'accept')
  const timesJudged = (tx: Transaction) =>
    accept.mock.calls.filter(([each]) => each.wtxid === tx.wtxid).length
  const gossip = (tx: Transaction, from = sender) => from.gossip(node.transport, tx)
  const has = (tx: Transaction) => node.mempool.get(tx.txid) !== undefined
  const banned = (peer = sender) => node.transport.bans.get(peer.self)?.reason
  return { clock, network, node, blocks, join, sender, gossip, has, banned, timesJudged }
}

/** Lets time pass until a verdict is there. */
async function verdictOf<T>(clock: ReturnType<typeof createFakeClock>, pending: Promise<T>) {
  let verdict: T | undefined
  void pending.then((each) => {
    verdict = each
  })
  const waited = await until(clock, 'there is a verdict', () => verdict !== undefined)
  return { verdict, waited }
}

describe('transactions on the topic', () => {
  it('are taken and handed on, and whoever brought them first is told of', async () => {
    const { node, blocks, sender, gossip, has } = await setting()
    const tx = payment(blocks[0]!)
    expect(await gossip(tx)).toBe('accept')
    expect(has(tx)).toBe(true)
    expect(node.transport.broughtBy).toEqual([{ peer: sender.self, what: 'transaction' }])
  })

  it('are ignored without blame where only policy or the state of the chain is against them', async () => {
    const { node, blocks, gossip, banned } = await setting()
    expect(await gossip(payment(blocks[0]!, 0))).toBe('ignore')
    // Nobody makes us verify a signature for a fee that we would not take.
    expect(await gossip(withWrongSignature(payment(blocks[1]!, 0)))).toBe('ignore')
    expect(await gossip(payment(blocks[0]!))).toBe('accept')
    expect(await gossip(payment(blocks[0]!, 9_000))).toBe('ignore')
    const young = node.chain.entryAt(5)!
    expect(await gossip(payment((await node.chain.block(young.hash))!))).toBe('ignore')
    expect(banned()).toBeUndefined()
    expect(node.transport.broughtBy).toHaveLength(1)
  })

  it('are rejected, and their sender banned, for a wrong signature', async () => {
    const { blocks, gossip, banned } = await setting()
    expect(await gossip(withWrongSignature(payment(blocks[0]!)))).toBe('reject')
    expect(banned()).toBe('signature-invalid')
  })

  it('are rejected, and their sender banned, where the bytes are no transaction', async () => {
    const { node, sender, banned } = await setting()
    const message = encodeTransactionMessage(Uint8Array.of(1, 2, 3))
    expect(await sender.transport.sendTo(node.transport.self, transactionTopic(DEV), message)).toBe('reject')
    expect(banned()).toBe('malformed')
  })

  it('are taken with the true witness although a forged one for the same txid is being judged', async () => {
    const { blocks, gossip } = await setting()
    const tx = payment(blocks[0]!)
    const [signature, key] = tx.inputs[0]!.witness
    const other = Uint8Array.from(signature!)
    other[10]! ^= 1
    const forged = makeTransaction({ ...tx, inputs: [{ ...tx.inputs[0]!, witness: [other, key!] }] })
    expect(forged.txid).toBe(tx.txid)
    expect((await Promise.all([gossip(forged), gossip(tx)])).at(-1)).toBe('accept')
  })

  it('are ignored, and not rejected, where our disk failed', async () => {
    const { node, blocks, gossip, banned } = await setting()
    node.mempool.accept = () => Promise.reject(new CairnError('disk-failed', 'unreadable'))
    expect(await gossip(payment(blocks[0]!))).toBe('ignore')
    expect(banned()).toBeUndefined()
  })

  it('carry what a wallet submits', async () => {
    const { clock, network, node, blocks } = await setting()
    const far = await createNetworkNode(network, 'far', { clock })
    node.transport.connect(far.transport)
    await until(clock, 'it has caught up', () => far.chain.tip().hash === node.chain.tip().hash)
    const tx = payment(blocks[0]!)
    await node.mempool.accept(tx)
    await until(clock, 'the other one has it', () => far.mempool.get(tx.txid) !== undefined, 500)
  })

  it('carry what a block brings back that has left the chain', async () => {
    const { clock, node, blocks, sender } = await setting({ coins: 20 })
    const heard = new Set<string>()
    sender.transport.subscribe(transactionTopic(DEV), 1_000_000, async (message) => {
      heard.add(toHex(message))
      return 'ignore'
    })
    const transactions = blocks.map((coin) => payment(coin))
    const block = await node.test.mine({ transactions, fees: 200_000 })
    await node.test.chain.invalidate(block.hash)
    expect(node.mempool.size).toBe(20)
    await until(clock, 'all were published', () => heard.size === 20, 1_000)
    expect([...heard]).toEqual(transactions.map(({ bytes }) => toHex(encodeTransactionMessage(bytes))))
  })

  it('are kept while nobody is there to take them, and offered again', async () => {
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
})

describe('a flood of transactions', () => {
  it('holds up only whoever sends it', async () => {
    const { node, blocks, join, sender, gossip } = await setting()
    const shape = payment(blocks[0]!)
    const other = await join('other')
    const hold = Promise.withResolvers<void>()
    const judged: number[] = []
    const refusal = err({ kind: 'policy', code: 'dust', message: 'too little' } as const)
    node.mempool.accept = async ({ lockTime }) => {
      await hold.promise
      await settle()
      judged.push(lockTime)
      return refusal
    }
    const numbered = (lockTime: number) => makeTransaction({ ...shape, lockTime })
    const flood = Array.from({ length: MAX_PEER_JUDGED + 1 }, (_, i) => gossip(numbered(i), sender))
    const last = 1_000_000
    const honest = gossip(numbered(last), other)
    // Turned away at once, while nothing else has been judged.
    expect(await flood.at(-1)).toBe('ignore')
    hold.resolve()
    expect(await honest).toBe('ignore')
    expect(judged.indexOf(last)).toBeLessThan(200)
    await Promise.all(flood)
    expect(judged).toHaveLength(MAX_PEER_JUDGED + 1)
  })
})

describe('orphans', () => {
  it('are taken where their parent comes at the same time, right behind them', async () => {
    const { clock, blocks, gossip, sender } = await setting()
    const parent = payment(blocks[0]!)
    const verdicts = Promise.all([gossip(childOf(parent)), gossip(parent)])
    expect((await verdictOf(clock, verdicts)).verdict).toEqual(['accept', 'accept'])
    expect(sender.askedFor.length).toBeLessThanOrEqual(1)
  })

  it('wait with their verdict for parents that the sender has, and are handed on', async () => {
    const { clock, node, blocks, sender, gossip, has } = await setting()
    const parent = payment(blocks[0]!)
    const child = childOf(parent)
    sender.serve(parent)
    const { verdict, waited } = await verdictOf(clock, gossip(child))
    expect([verdict, waited]).toEqual(['accept', 0])
    expect([has(parent), has(child)]).toEqual([true, true])
    expect(sender.askedFor).toEqual([parent.txid])
    expect(node.transport.broughtBy.map(({ peer }) => peer)).toEqual([sender.self, sender.self])
  })

  it('are fetched back to the first unconfirmed ancestor', async () => {
    const { clock, blocks, sender, gossip, has } = await setting()
    const line = [payment(blocks[0]!)]
    for (let i = 0; i < 10; i++) line.push(childOf(line.at(-1)!))
    sender.serve(...line)
    const { verdict } = await verdictOf(clock, gossip(line.at(-1)!))
    expect(verdict).toBe('accept')
    expect(line.every(has)).toBe(true)
  })

  it('are ignored two seconds later where nobody has their parents, and taken when these come', async () => {
    const { clock, blocks, sender, gossip, has, banned } = await setting()
    const parents = blocks.map((coin) => payment(coin))
    const child = childOf(...parents)
    const grandchild = childOf(child)
    const verdicts = [child, grandchild].map((tx) => verdictOf(clock, gossip(tx)))
    for (const { verdict, waited } of await Promise.all(verdicts)) {
      expect(verdict).toBe('ignore')
      expect(waited).toBeLessThanOrEqual(2_100)
    }
    expect(sender.askedFor).toEqual([...parents, child].map(({ txid }) => txid))
    for (const parent of parents) expect(await gossip(parent)).toBe('accept')
    await until(clock, 'both are taken', () => has(child) && has(grandchild), 1_000)
    expect(banned()).toBeUndefined()
  })

  it.each(['before', 'after'] as const)('pay for a parent that came %s them', async (order) => {
    const { clock, blocks, sender, gossip, has } = await setting()
    const parent = payment(blocks[0]!, 0)
    const child = childOf(parent)
    sender.serve(parent)
    if (order === 'before') expect(await gossip(parent)).toBe('ignore')
    expect((await verdictOf(clock, gossip(child))).verdict).toBe('accept')
    expect([has(parent), has(child)]).toEqual([true, true])
  })

  it('are taken when a block brings their parents', async () => {
    const { clock, node, blocks, gossip, has } = await setting()
    const parent = payment(blocks[0]!)
    const child = childOf(parent)
    await verdictOf(clock, gossip(child))
    await node.test.mine({ transactions: [parent], fees: 10_000 })
    await until(clock, 'the child is taken', () => has(child), 1_000)
  })

  it('are dropped when a block spends what they spend', async () => {
    const { clock, node, blocks, gossip, has, timesJudged } = await setting()
    const [first, second] = [payment(blocks[0]!), payment(blocks[1]!)]
    const orphan = pay([coinbaseInput(blocks[0]!), outputOf(second)], [toAda(9_000_000_000)])
    await verdictOf(clock, gossip(orphan))
    await node.test.mine({ transactions: [first], fees: 10_000 })
    expect(await gossip(second)).toBe('accept')
    await settle()
    expect([has(orphan), timesJudged(orphan)]).toEqual([false, 1])
  })

  it('cost their sender its place where they turn out to break a rule', async () => {
    const { clock, blocks, sender, gossip, banned } = await setting()
    const parent = payment(blocks[0]!)
    sender.serve(parent)
    const { verdict } = await verdictOf(clock, gossip(withWrongSignature(childOf(parent))))
    expect(verdict).toBe('reject')
    expect(banned()).toBe('signature-invalid')
  })

  it('are none where the parent is known and has no such output', async () => {
    const { blocks, gossip, sender } = await setting()
    const parent = payment(blocks[0]!)
    await gossip(parent)
    const input = { ...outputOf(parent), outPoint: { txid: parent.txid, vout: 7 } }
    expect(await gossip(pay([input], [toAda(1_000)]))).toBe('ignore')
    expect(sender.askedFor).toEqual([])
  })

  it('hold up few verdicts of one peer at a time', async () => {
    const { clock, blocks, gossip } = await setting()
    const missing = payment(blocks[0]!)
    const orphans = Array.from({ length: MAX_PEER_HELD_VERDICTS + 1 }, (_, i) =>
      pay([outputOf(missing)], [toAda(1_000_000 + i)]),
    )
    const verdicts = orphans.map((tx) => gossip(tx))
    expect(await verdicts.at(-1)).toBe('ignore')
    await verdictOf(clock, verdicts[0]!)
  })

  it('ask everybody who brought them for their parents, one after another', async () => {
    const { clock, blocks, join, sender, gossip, has } = await setting()
    const parent = payment(blocks[0]!)
    const child = childOf(parent)
    await verdictOf(clock, gossip(child))
    expect(sender.askedFor).toEqual([parent.txid])
    const other = await join('other')
    other.serve(parent)
    other.list(child)
    await until(clock, 'the other one was asked', () => has(child), 400_000)
    expect([sender.askedFor, other.askedFor]).toEqual([[parent.txid], [parent.txid]])
  })

  it('go with the last peer that brought them', async () => {
    const { clock, node, blocks, join, gossip, has } = await setting()
    const parent = payment(blocks[0]!)
    const child = childOf(parent)
    await verdictOf(clock, gossip(child))
    await node.transport.disconnect('sender' as never, 'test')
    await settle()
    const other = await join('other')
    expect(await gossip(parent, other)).toBe('accept')
    await settle()
    expect(has(child)).toBe(false)
  })
})

describe('refused transactions', () => {
  it('are not judged again for another peer before there is a new tip', async () => {
    const { clock, node, blocks, join, gossip, has, timesJudged } = await setting()
    const first = payment(blocks[0]!)
    const second = payment(blocks[0]!, 9_000)
    await gossip(first)
    expect(await gossip(second)).toBe('ignore')
    const other = await join('other')
    other.list(second)
    await until(clock, 'it was asked again and again', () => other.inventories.length > 3, 2_000_000)
    expect([timesJudged(second), other.askedFor]).toEqual([1, []])
    await node.test.mine()
    await until(clock, 'it was judged on the new tip', () => timesJudged(second) === 2, 500_000)
    expect([has(first), has(second)]).toEqual([true, false])
  })
})
