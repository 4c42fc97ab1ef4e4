import { expect, it, vi } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { parseHashId, type Txid } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { type Link, makeProxiedNode } from '../support/proxied-node.ts'
import { DEV } from '../support/test-chain.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 120_000 })

const NODES = 6
/** of the chain that is fetched over a bad link, in hundreds */
const BLOCKS = 300
const SEED = 5
const FUNDS = testKey('funds')
const [ALICE, BOB] = [testKey('alice'), testKey('bob')]
const FEE = COIN / 1_000

const mine = async ({ client }: NodeProcess, count: number, key = testKey('miner')) =>
  (await client.generate(addressOf(key), count)).blocks

const sideOf = (node: number): number => Math.floor(node / (NODES / 2))

/** Nodes of which each two have a link of their own between them; and the links between the two halves. */
async function startNetwork() {
  const made = await Promise.all(Array.from({ length: NODES }, makeProxiedNode))
  const between: Link[] = []
  const ports = new Set<number>()
  const starts = made.map(async (node, i) => {
    // Each dials those before it.
    const links = await Promise.all(
      made
        .slice(0, i)
        .map((other, j) => other.link({ seed: SEED + NODES * i + j, latencyMs: 5, jitterMs: 5 })),
    )
    for (const [j, link] of links.entries()) {
      ports.add(link.port)
      if (sideOf(i) !== sideOf(j)) between.push(link)
    }
    return node.start(links)
  })
  return { nodes: await Promise.all(starts), between, ports }
}

const tipsOf = (nodes: readonly NodeProcess[]) =>
  Promise.all(nodes.map(async ({ client }) => (await client.status()).tip))
const haveTip = (nodes: readonly NodeProcess[], hash: string) => async (): Promise<boolean> =>
  (await tipsOf(nodes)).every((tip) => tip.hash === hash)

it('a network of six processes that is cut in halves, each with payments of its own, heals to one tip', async () => {
  const { nodes, between, ports } = await startNetwork()
  const [a, d] = [nodes[0]!, nodes[NODES / 2]!]
  const halves = [nodes.slice(0, NODES / 2), nodes.slice(NODES / 2)] as const

  const funded = await mine(a, 1, FUNDS)
  const common = (await mine(a, DEV.maturity)).at(-1)!
  await eventually('all have the common chain', haveTip(nodes, common.hash))
  // Nothing goes past the proxies.
  for (const { client } of nodes)
    for (const { address, inbound } of (await client.peers()).peers)
      if (!inbound) expect(ports).toContain(Number(/\/tcp\/(\d+)/.exec(address)![1]))

  for (const link of between) link.cut()
  const { txids } = await a.client.block(funded[0]!.hash)
  const coin: TestInput = {
    outPoint: { txid: parseHashId<Txid>(txids![0]!)!, vout: 0 },
    coin: { value: 50 * COIN },
    key: FUNDS,
  }
  const [toAlice, toBob] = [ALICE, BOB].map((key) =>
    pay([coin], [{ value: 50 * COIN - FEE, scriptPubKey: key.scriptPubKey }]),
  )
  await a.client.submit(toHex(toAlice!.bytes))
  await d.client.submit(toHex(toBob!.bytes))
  const shorter = (await mine(a, 3)).at(-1)!
  const longer = (await mine(d, 5)).at(-1)!
  await eventually(
    'the halves differ',
    async () => (await haveTip(halves[0], shorter.hash)()) && (await haveTip(halves[1], longer.hash)()),
  )

  for (const link of between) link.heal()
  await eventually('the network has healed', haveTip(nodes, longer.hash))
  const balance = async ({ client }: NodeProcess, key: typeof FUNDS): Promise<number> =>
    (await client.coins([addressOf(key)])).coins.reduce(
      (sum, { value, status }) => sum + (status === 'confirmed' ? value : 0),
      0,
    )
  for (const node of nodes) {
    expect(await balance(node, BOB)).toBe(50 * COIN - FEE)
    expect(await balance(node, ALICE)).toBe(0)
    expect((await node.client.mempool(10)).entries).toEqual([])
    // Being on the other side was nobody's fault.
    expect(node.log.filter(({ msg }) => msg === 'peer banned')).toEqual([])
  }

  const last = (await mine(a, 1)).at(-1)!
  await eventually('it goes on as one', haveTip(nodes, last.hash))
})

it('a sync over a slow link that breaks again and again ends at the tip', async () => {
  const [first, second] = await Promise.all([makeProxiedNode(), makeProxiedNode()])
  const source = await first.start()
  for (let made = 0; made < BLOCKS; made += 100) await mine(source, 100)
  const { tip } = await source.client.status()
  const link = await first.link({
    seed: SEED,
    latencyMs: 10,
    jitterMs: 20,
    bytesPerSecond: 60_000,
    resetAfterBytes: 50_000,
    stallAfterBytes: 40_000,
    stallMs: 200,
  })
  const behind = await second.start([link])
  await eventually('it has caught up', haveTip([behind], tip.hash))
  expect(link.counts.resets).toBeGreaterThan(0)
  for (const { log } of [source, behind]) expect(log.filter(({ msg }) => msg === 'peer banned')).toEqual([])
})
