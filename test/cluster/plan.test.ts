import { describe, expect, it } from 'vitest'
import { leastBlocks, parseOptions } from '../../scripts/cluster/options.ts'
import { makePlan } from '../../scripts/cluster/plan.ts'
import { builtInNetwork } from '../../src/consensus/networks.ts'

const network = builtInNetwork('dev')

describe('the plan of a cluster run', () => {
  it('has all blocks and payments, no wallet beyond 25 in a block, and crash, restart, join in that order', () => {
    for (const nodes of [2, 3, 5, 20])
      for (const transactions of [1, 100, 1_001, 10_000])
        for (const more of [0, 1, 2, 3, 7, 40]) {
          const blocks = leastBlocks(nodes, transactions, network) + more
          const sizes = { nodes, blocks, transactions, topology: 'star', keep: false, json: false } as const
          const { funding, rounds } = makePlan(sizes, network)
          expect(funding + rounds.length).toBe(blocks)
          expect(rounds.at(-1)?.height).toBe(blocks)
          expect(rounds.reduce((sum, { payments }) => sum + payments, 0)).toBe(transactions)
          for (const { payments } of rounds) expect(payments).toBeLessThanOrEqual(25 * nodes)
          const events = rounds.map(({ event }) => event).filter((event) => event !== undefined)
          expect(events).toEqual(['crash', 'restart', 'join'])
        }
  })

  it('is for 5 nodes, 30 blocks and 100 payments in a star unless told', () => {
    expect(parseOptions([], network)).toEqual({
      nodes: 5,
      blocks: 30,
      transactions: 100,
      topology: 'star',
      keep: false,
      json: false,
    })
  })
})
