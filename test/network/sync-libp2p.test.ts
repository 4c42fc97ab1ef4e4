import { describe, expect, it, onTestFinished } from 'vitest'
import { blockTopic } from '../../protocols/gossip/protocol.ts'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { Host } from '../../src/network/host.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { headerMessage } from '../support/block-server.ts'
import { eventually } from '../support/eventually.ts'
import { pay, testKey } from '../support/key.ts'
import { makeHost } from '../support/network-host.ts'
import { type NetworkParts, startNetworkParts } from '../support/network-node.ts'
import { coinbaseInput, createTestChain, DEV, type TestChain } from '../support/test-chain.ts'

interface RealNode extends NetworkParts {
  readonly host: Host
  readonly test: TestChain
}

/** A node over real libp2p on loopback, stopped when the test ends. */
async function startNode(
  name: string,
  height: number,
  parameters: NetworkParameters = DEV,
): Promise<RealNode> {
  const test = await createTestChain({ parameters })
  await test.mineMany(height)
  const host = await makeHost({ networkId: parameters.id, dht: 'off' })
  const parts = await startNetworkParts({ name, transport: host, test, clock: systemClock })
  onTestFinished(() => parts.stop())
  await host.start()
  return { ...parts, host, test }
}

const connect = (from: RealNode, to: RealNode) => from.host.dial(to.host.addresses()[0]!)

describe('over libp2p', () => {
  it('a node catches up, then follows by gossip, blocks and transactions', async () => {
    const [ahead, late] = await Promise.all([startNode('ahead', 300), startNode('late', 0)])
    await connect(late, ahead)
    await eventually('it has caught up', () => late.chain.tip().hash === ahead.chain.tip().hash)

    const block = await ahead.test.mine()
    await eventually('it has the new block', () => late.chain.tip().hash === block.hash)

    const coin = (await late.chain.block(late.chain.entryAt(1)!.hash))!
    const tx = pay(
      [coinbaseInput(coin)],
      [{ value: 4_999_990_000, scriptPubKey: testKey('ada').scriptPubKey }],
    )
    expect((await late.mempool.accept(tx)).ok).toBe(true)
    await eventually('the other one has it', () => ahead.mempool.get(tx.txid) !== undefined)
    expect([...ahead.host.bans(), ...late.host.bans()]).toEqual([])
  })

  it('a wallet finds its way to peers that come later', async () => {
    const [lone, late] = await Promise.all([startNode('lone', DEV.maturity + 1), startNode('late', 0)])
    const coin = (await lone.chain.block(lone.chain.entryAt(1)!.hash))!
    const tx = pay(
      [coinbaseInput(coin)],
      [{ value: 4_999_990_000, scriptPubKey: testKey('ada').scriptPubKey }],
    )
    await lone.mempool.accept(tx)
    await connect(late, lone)
    await eventually('the other one has it', () => late.mempool.get(tx.txid) !== undefined)
  })

  it('a node of another genesis is let go', async () => {
    const other = makeNetwork({ ...BUILT_IN_NETWORKS.dev, name: 'other' })
    const [node, stranger] = await Promise.all([startNode('node', 1), startNode('stranger', 1, other)])
    const met = Promise.withResolvers<void>()
    stranger.host.events.on('peerConnected', () => met.resolve())
    // It may be over before the dial has returned.
    await connect(node, stranger).catch(() => {})
    await met.promise
    const both = [node, stranger]
    await eventually('they have parted', () => both.every(({ host }) => host.connections().length === 0))
    expect(node.sessions.list()).toEqual([])
    expect(node.host.bans()).toEqual([])
  })

  it('whoever announces what cannot be a block is banned', async () => {
    const [node, liar] = await Promise.all([startNode('node', 3), startNode('liar', 3)])
    await connect(node, liar)
    await eventually('both are ready', () => node.sessions.list().length + liar.sessions.list().length === 2)
    const message = headerMessage(liar.test.build({ header: { bits: 0x207ffffe } }))
    await eventually('somebody takes it', async () => (await liar.host.publish(blockTopic(DEV), message)) > 0)
    await eventually('it is banned', () => node.host.bans().length === 1)
    expect(node.host.bans()[0]).toMatchObject({ peer: liar.host.self, reason: 'difficulty-wrong' })
    await eventually('it is hung up on', () => node.host.connections().length === 0)
  })
})
