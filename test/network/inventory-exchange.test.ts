import { describe, expect, it } from 'vitest'
import { encodeResponse } from '../../protocols/relay/codec.ts'
import { relayProtocol, SERVER_LIMITS } from '../../protocols/relay/protocol.ts'
import { MAX_EXCHANGE_MS } from '../../src/network/inventory-exchange.ts'
import { MAX_PEER_JUDGED } from '../../src/network/transaction-intake.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { Wtxid } from '../../src/primitives/hash.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, settle, until } from '../support/network-node.ts'
import { createRelayPeer } from '../support/relay-peer.ts'
import { createScriptedPeer } from '../support/scripted-peer.ts'
import { coinbaseInput, DEV } from '../support/test-chain.ts'

const ADA = testKey('ada')
const toAda = (value: number) => ({ value, scriptPubKey: ADA.scriptPubKey })

/** A payment of the coin and a line of payments that spend it. */
function lineOf(coin: Block, length: number): Transaction[] {
  const line = [pay([coinbaseInput(coin)], [toAda(4_999_990_000)])]
  while (line.length < length) {
    const { txid, outputs } = line.at(-1)!
    const input = { outPoint: { txid, vout: 0 }, coin: outputs[0]!, key: ADA }
    line.push(pay([input], [toAda(outputs[0]!.value - 10_000)]))
  }
  return line
}

async function setting({ coins = 1 } = {}) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'node', { clock })
  const blocks = await node.test.mineMany(coins)
  await node.test.mineMany(DEV.maturity)
  const peer = await createRelayPeer(network, 'peer', { clock })
  const exchanged = () =>
    node.lines.filter(({ phrase }) => phrase === 'inventory exchanged').map(({ fields }) => fields)
  return { clock, network, node, blocks, peer, exchanged }
}

describe('inventory exchange', () => {
  it('fills the mempool of a node that comes back, parents first, and floods nobody with it', async () => {
    const { clock, network, node, blocks } = await setting({ coins: 2 })
    const pending = blocks.flatMap((coin) => lineOf(coin, 20))
    for (const tx of pending) expect((await node.mempool.accept(tx)).ok).toBe(true)
    const back = await createNetworkNode(network, 'back', { clock })
    const bystander = await createRelayPeer(network, 'bystander', { clock })
    const heard: Uint8Array[] = []
    bystander.transport.subscribe(`/cairn/${DEV.id}/tx/1`, 1_000_000, async (message) => {
      heard.push(message)
      return 'ignore'
    })
    bystander.transport.connect(back.transport)
    back.transport.connect(node.transport)
    await until(clock, 'it has all of them', () => back.mempool.size === pending.length)
    await settle()
    expect(back.mempool.entries().map(({ transaction }) => transaction.txid)).toEqual(
      pending.map(({ txid }) => txid),
    )
    expect(heard).toEqual([])
  })

  it('asks for nothing before the chain is up to date', async () => {
    const { clock, network, node, blocks } = await setting()
    const [tx] = lineOf(blocks[0]!, 1)
    await node.mempool.accept(tx!)
    const behind = await createNetworkNode(network, 'behind', { clock })
    behind.transport.connect(node.transport)
    await until(clock, 'it has the payment', () => behind.mempool.size === 1)
    expect(behind.chain.tip().hash).toBe(node.chain.tip().hash)
    expect(behind.lines.filter(({ phrase }) => phrase === 'inventory exchanged')).toHaveLength(1)
  })

  it('asks for what pays as much as it takes itself, and for nothing that it has', async () => {
    const { clock, node, blocks, peer } = await setting({ coins: 2 })
    const [known, news] = blocks.map((coin) => lineOf(coin, 1)[0]!)
    await node.mempool.accept(known!)
    peer.list(known!, news!)
    peer.transport.connect(node.transport)
    await until(clock, 'it has both', () => node.mempool.size === 2)
    expect(peer.inventories).toEqual([node.mempool.minFeeRate()])
    expect(peer.askedFor).toEqual([news!.wtxid])
  })

  it('hands on what came by it when the topic brings it, once', async () => {
    const { clock, node, blocks, peer } = await setting()
    const [tx] = lineOf(blocks[0]!, 1)
    peer.list(tx!)
    peer.transport.connect(node.transport)
    await until(clock, 'it is there', () => node.mempool.size === 1)
    expect(await peer.gossip(node.transport, tx!)).toBe('accept')
  })

  it('blames whoever lists what breaks a rule', async () => {
    const { clock, node, blocks, peer } = await setting()
    const [tx] = lineOf(blocks[0]!, 1)
    peer.list(makeTransaction({ ...tx!, outputs: [toAda(1_000_000)] }))
    peer.transport.connect(node.transport)
    await until(clock, 'it is banned', () => node.transport.bans.has(peer.self))
    expect(node.transport.bans.get(peer.self)?.reason).toBe('signature-invalid')
  })

  it('bans whoever answers with another transaction than it was asked for', async () => {
    const { clock, node, blocks, peer } = await setting({ coins: 2 })
    const [asked, other] = blocks.map((coin) => lineOf(coin, 1)[0]!)
    peer.list(asked!)
    peer.served.set(asked!.wtxid, other!)
    peer.transport.connect(node.transport)
    await until(clock, 'it is banned', () => node.transport.bans.has(peer.self))
    expect(node.transport.bans.get(peer.self)?.reason).toBe('answer-unasked')
  })

  it('ends after three minutes, so that those who take their time do not keep others from it', async () => {
    const { clock, network, node, blocks, peer } = await setting()
    const [tx] = lineOf(blocks[0]!, 1)
    for (const name of ['slow', 'slower']) {
      const slow = await createScriptedPeer(network, name, { clock })
      const wtxids = Array.from({ length: 400 }, (_, i) => `${i}`.padStart(64, '0') as Wtxid)
      await slow.transport.handle(relayProtocol(DEV), SERVER_LIMITS, async (stream) => {
        await stream.receive()
        await stream.send(encodeResponse({ kind: 'inventory', wtxids }))
        await stream.receive()
        for (const id of wtxids) {
          await clock.sleep(9_000)
          await stream.send(encodeResponse({ kind: 'not-found', id }))
        }
      })
      slow.transport.connect(node.transport)
      await until(clock, 'it is known', () => node.sessions.get(slow.transport.self) !== undefined)
    }
    peer.list(tx!)
    peer.transport.connect(node.transport)
    await until(clock, 'the payment is there', () => node.mempool.size === 1, MAX_EXCHANGE_MS + 5_000)
    expect([...node.transport.hungUp.keys()]).toEqual([])
  })

  it('asks a peer again now and then: what gossip missed comes this way', async () => {
    const { clock, node, blocks, peer } = await setting()
    peer.transport.connect(node.transport)
    await until(clock, 'it was asked', () => peer.inventories.length === 1)
    peer.list(...lineOf(blocks[0]!, 2))
    const waited = await until(clock, 'it has them', () => node.mempool.size === 2, 400_000)
    expect(waited).toBeGreaterThan(10_000)
  })

  it('gives up a peer whose list is of no use', async () => {
    const { clock, node, peer, exchanged } = await setting()
    const ids = Array.from({ length: 5_000 }, (_, i) => i.toString(16).padStart(64, '0'))
    peer.listed.push(...(ids as typeof peer.listed))
    peer.transport.connect(node.transport)
    await until(clock, 'it has given up', () => exchanged().length === 1)
    expect(peer.askedFor.length).toBeLessThan(1_000)
    expect(node.transport.connections()).toHaveLength(1)
  })

  it('asks two peers at a time, and goes on with the next when one has gone', async () => {
    const { clock, network, node, blocks } = await setting()
    const peers = []
    for (const name of ['a', 'b', 'c']) peers.push(await createRelayPeer(network, name, { clock }))
    const [tx] = lineOf(blocks[0]!, 1)
    // Two that never answer.
    for (const silent of peers.slice(0, 2))
      await silent.transport.handle(
        `/cairn/${DEV.id}/relay/1.0.0`,
        { maxFrame: 100_000, maxInboundStreams: 4 },
        () => new Promise(() => {}),
      )
    peers[2]!.list(tx!)
    for (const peer of peers) peer.transport.connect(node.transport)
    await until(clock, 'all are known', () => node.sessions.list().length === 3)
    expect(node.mempool.size).toBe(0)
    const waited = await until(clock, 'the third was asked', () => node.mempool.size === 1)
    expect(waited).toBeLessThan(15_000)
    expect([...node.transport.hungUp.keys()].sort()).toEqual(['a', 'b'])
  })

  it('takes more from a peer than may wait for the mempool at once', async () => {
    const { clock, node, blocks, peer } = await setting()
    const [parent] = [
      pay(
        [coinbaseInput(blocks[0]!)],
        Array.from({ length: 1_200 }, () => toAda(4_000_000)),
      ),
    ]
    await node.test.mine({ transactions: [parent!], fees: 5_000_000_000 - 1_200 * 4_000_000 })
    const many = Array.from({ length: MAX_PEER_JUDGED + 100 }, (_, vout) =>
      pay(
        [{ outPoint: { txid: parent!.txid, vout }, coin: parent!.outputs[vout]!, key: ADA }],
        [toAda(3_990_000)],
      ),
    )
    peer.list(...many)
    peer.transport.connect(node.transport)
    await until(clock, 'all are there', () => node.mempool.size === many.length)
  })
})
