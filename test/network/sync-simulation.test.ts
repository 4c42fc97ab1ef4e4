import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, type NetworkNode, settle, until } from '../support/network-node.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const NODES = 7
const ROUNDS = 40

interface Outcome {
  readonly tips: readonly string[]
  readonly bans: number
  /** virtual milliseconds from the last block to agreement */
  readonly healedAfter: number
  readonly log: readonly string[]
}

/** Nodes that mine, lose connections and make others, by chance, and are then left in peace. */
async function simulate(seed: string): Promise<Outcome> {
  const random = createSeededRandom(seed)
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const nodes: NetworkNode[] = []
  for (let i = 0; i < NODES; i++) nodes.push(await createNetworkNode(network, `${seed}-${i}`, { clock }))
  const any = (): NetworkNode => nodes[random.below(NODES)]!

  for (let round = 0; round < ROUNDS; round++) {
    const [one, other] = [any(), any()]
    const dice = random.below(10)
    if (dice < 4) await one.test.mine({ tag: `${round}` })
    else if (dice < 7 && one !== other) one.transport.connect(other.transport)
    else if (dice < 8) await one.transport.disconnect(other.transport.self, 'chance')
    await clock.advance(random.below(3_000))
    // Not always to the end: what is under way goes on while the next thing happens.
    for (let turn = random.below(3); turn > 0; turn--) await settle()
  }
  for (const [i, node] of nodes.entries()) node.transport.connect(nodes[(i + 1) % NODES]!.transport)
  const most = Math.max(...nodes.map(({ chain }) => chain.tip().height))
  // At equal work each stays with what it saw first: one more block decides.
  await until(clock, 'all are as far', () => nodes.every(({ chain }) => chain.tip().height === most))
  await nodes[0]!.test.mine({ tag: 'last' })
  const agree = () => nodes.every(({ chain }) => chain.tip().hash === nodes[0]!.chain.tip().hash)
  const healedAfter = await until(clock, 'all agree', agree)
  const outcome = {
    tips: nodes.map(({ chain }) => chain.tip().hash),
    bans: nodes.reduce((sum, { transport }) => sum + transport.bans.size, 0),
    healedAfter,
    log: nodes.flatMap(({ lines }) => lines.map((line) => JSON.stringify(line))),
  }
  for (const node of nodes) await node.stop()
  return outcome
}

describe('a network that mines and breaks by chance', () => {
  it('agrees on one chain in the end, and no honest node is banned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const { tips, bans, healedAfter } = await simulate(`sim${seed}`)
        expect(new Set(tips).size).toBe(1)
        expect(bans).toBe(0)
        expect(healedAfter).toBeLessThan(60_000)
      }),
      { numRuns: 25 },
    )
  })

  it('does the same in every run with the same seed', async () => {
    expect(await simulate('again')).toEqual(await simulate('again'))
  })
})
