import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { errorCode } from '../../src/base/errors.ts'
import { type BlockHash, parseHashId, type Txid } from '../../src/primitives/hash.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { type NodeProcess, nodeArguments, spawnCairn, startNode } from '../support/node-process.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTestChain } from '../support/test-chain.ts'

const ROUNDS = 20
/** In these the coins on disk are compared with a replay, and the next start is killed as well. */
const isThorough = (round: number): boolean => round % 5 === 0

const VICTIM = testKey('victim')
const FEEDER = testKey('feeder')
const FEE = 1_000

const miningTo = (key: typeof VICTIM, interval: string): string[] => [
  ...['--mine', '--miner-address', addressOf(key), '--mine-interval', interval, '--threads', '1'],
]

interface Tip {
  readonly hash: string
  readonly height: number
}

/** The highest tip that a node has told of, by its API or its log. On `dev` height is work. */
function watchTip(node: NodeProcess): { acknowledged(): Tip } {
  let best: Tip = { hash: node.started.tip, height: node.started.height }
  const ask = async () => {
    for (;;) {
      const { tip } = await node.client.status()
      if (tip.height > best.height) best = tip
      await delay(20)
    }
  }
  // It ends with the node.
  ask().catch(() => {})
  return {
    acknowledged() {
      const found = node.log.findLast(({ msg }) => msg === 'block found') as (Tip & object) | undefined
      return found !== undefined && found.height > best.height ? found : best
    },
  }
}

/** Pays the feeder's own coins to itself, over and over, until stopped: something to receive, in and between blocks. */
function payOn({ client }: NodeProcess): { stop(): Promise<number> } {
  const stopping = new AbortController()
  let paid = 0
  const work = async () => {
    while (!stopping.signal.aborted) {
      const { coins } = await client.coins([addressOf(FEEDER)])
      const free = coins.filter(({ status, spentBy }) => status === 'confirmed' && spentBy === null).slice(-3)
      for (const { txid, vout, value } of free) {
        const outPoint = { txid: parseHashId<Txid>(txid)!, vout }
        const output = { value: value - FEE, scriptPubKey: FEEDER.scriptPubKey }
        const { bytes } = pay([{ outPoint, coin: { value }, key: FEEDER }], [output])
        try {
          await client.submit(toHex(bytes))
          paid += 1
        } catch (error) {
          // A block between the question and the payment may have moved the coin.
          if (errorCode(error) === 'node-unreachable') throw error
        }
      }
      await delay(50)
    }
  }
  const done = work()
  done.catch(() => {})
  return {
    async stop() {
      stopping.abort()
      await done
      return paid
    },
  }
}

/** What a killed node has left on disk, opened as a copy. */
async function openLeft(dataDirectory: string) {
  const folder = join(await temporaryDirectory(), 'chain')
  await cp(join(dataDirectory, 'chain'), folder, { recursive: true })
  const store = await openLevelStore(folder)
  const { chain } = await createTestChain({
    store: createCheckedStore(store),
    clock: createFakeClock(Date.now()),
  })
  return { chain, [Symbol.asyncDispose]: () => store.close() }
}

type LeftChain = Awaited<ReturnType<typeof openLeft>>['chain']

/** The coins of a new chain in memory that is given the blocks of this one from genesis on. */
async function replay(left: LeftChain) {
  const { chain } = await createTestChain({ clock: createFakeClock(Date.now()) })
  for (let height = 1; height <= left.tip().height; height++) {
    const block = await left.block(left.entryAt(height)!.hash)
    const accepted = await chain.acceptBlock(block!)
    if (!accepted.ok) throw new Error(`block ${height}: ${accepted.error.code}`)
  }
  expect(chain.tip().hash).toBe(left.tip().hash)
  return chain.coinStatistics()
}

/** The acknowledged block lies on the chain that was left, or that chain has more work. */
function expectAcknowledged(left: LeftChain, tip: Tip): void {
  const kept = left.isConnected(tip.hash as BlockHash) || left.tip().height > tip.height
  expect(kept, `block ${tip.height} ${tip.hash} was told of; left is ${left.tip().height}`).toBe(true)
}

it(`loses nothing that it has told of when it is killed ${ROUNDS} times while it mines and receives`, {
  timeout: 180_000,
}, async () => {
  const seed = process.env.KILL_SEED ?? String(Date.now())
  console.info(`the moments of this run follow from KILL_SEED=${seed}`)
  const random = createSeededRandom(seed)
  const feeder = await startNode({ args: miningTo(FEEDER, '0.25') })
  const options = {
    dataDirectory: join(await temporaryDirectory(), 'victim'),
    bootstrap: feeder.started.addresses,
    args: miningTo(VICTIM, '0.25'),
  }
  const payments = payOn(feeder)
  let received = 0
  let found = 0

  for (let round = 1; round <= ROUNDS; round++) {
    const victim = await startNode(options)
    const watch = watchTip(victim)
    await delay(random.below(900))
    await victim.stop('SIGKILL')
    found += victim.log.filter(({ msg }) => msg === 'block found').length
    {
      await using left = await openLeft(options.dataDirectory)
      expectAcknowledged(left.chain, watch.acknowledged())
      if (isThorough(round)) expect(await left.chain.coinStatistics()).toEqual(await replay(left.chain))
    }
    if (isThorough(round)) {
      const starting = spawnCairn(nodeArguments(options.dataDirectory, options))
      await delay(random.below(600))
      starting.kill('SIGKILL')
      await starting.ended
    }
  }

  const victim = await startNode(options)
  const paid = await payments.stop()
  await Promise.all([feeder.client.stopMining(), victim.client.stopMining()])
  await eventually('both have one tip', async () => {
    const [ours, theirs] = await Promise.all([victim.client.status(), feeder.client.status()])
    if (ours.tip.hash === theirs.tip.hash) return true
    // Two branches of equal work stay apart for ever: the next block decides.
    if (ours.tip.height === theirs.tip.height) await feeder.client.generate(addressOf(FEEDER), 1)
    return false
  })
  const supplies = await Promise.all([victim.client.supply(), feeder.client.supply()])
  expect(supplies[0]).toEqual(supplies[1])
  await victim.stop()
  await using left = await openLeft(options.dataDirectory)
  const { count, total, digest } = await replay(left.chain)
  expect(supplies[0]).toMatchObject({ coins: count, total, digest })

  // That it was worth the name: blocks of both, and payments.
  for (let height = 1; height <= left.chain.tip().height; height++) {
    const block = (await left.chain.block(left.chain.entryAt(height)!.hash))!
    received += block.transactions.length - 1
  }
  console.info({ height: left.chain.tip().height, found, paid, received })
  expect(found).toBeGreaterThan(0)
  expect(received).toBeGreaterThan(0)
})
