import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { keepPaying } from '../support/keep-paying.ts'
import { testKey } from '../support/key.ts'
import { expectToldOf, openLeft, replay } from '../support/left-chain.ts'
import { nodeArguments, spawnCairn, startNode } from '../support/node-process.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { watchTip } from '../support/told-tip.ts'

const ROUNDS = 6
/** In these the coins on disk are compared with a replay, and the next start is killed as well. */
const isThorough = (round: number): boolean => round % 3 === 0

const VICTIM = testKey('victim')
const FEEDER = testKey('feeder')

const miningTo = (key: typeof VICTIM, interval: string): string[] => [
  ...['--mine', '--miner-address', addressOf(key), '--mine-interval', interval, '--threads', '1'],
]

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
  const payments = keepPaying(feeder, FEEDER)
  let received = 0
  let found = 0

  for (let round = 1; round <= ROUNDS; round++) {
    const victim = await startNode(options)
    const watch = watchTip(victim)
    // By itself it would wait for its first sync, and be dead by then.
    await victim.client.startMining(addressOf(VICTIM))
    await delay(random.below(900))
    await victim.stop('SIGKILL')
    found += victim.log.filter(({ msg }) => msg === 'block found').length
    {
      await using left = await openLeft(options.dataDirectory)
      expectToldOf(left.chain, watch.acknowledged())
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
