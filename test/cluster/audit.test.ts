import { describe, expect, it } from 'vitest'
import { type Findings, judge, type NodeReport } from '../../scripts/cluster/audit.ts'
import { builtInNetwork } from '../../src/consensus/networks.ts'

const network = builtInNetwork('dev')

const GOOD: NodeReport = {
  node: 'node-1',
  peers: 1,
  height: 2,
  tip: 'aa',
  mempool: 0,
  balance: 0,
  supply: 2 * network.subsidy,
  digest: 'dd',
}

const verdictsOn = (change: Partial<Findings>) =>
  judge(
    {
      nodes: [GOOD, GOOD],
      payments: ['p', 'q'],
      confirmations: new Map([
        ['p', 1],
        ['q', 1],
      ]),
      blocks: 2,
      ...change,
    },
    network,
  ).verdicts

const ALL_GOOD = {
  tipsAgree: true,
  paymentsConfirmedOnce: true,
  coinsAgree: true,
  supplyIsSubsidies: true,
}

describe('the verdicts on a cluster', () => {
  it('are good where all nodes agree', () => {
    expect(verdictsOn({})).toEqual(ALL_GOOD)
  })

  it.each<[fault: string, verdict: keyof typeof ALL_GOOD, change: Partial<Findings>]>([
    ['another tip on one node', 'tipsAgree', { nodes: [GOOD, { ...GOOD, tip: 'bb' }] }],
    ['a node that is behind', 'tipsAgree', { nodes: [GOOD, { ...GOOD, height: 1 }] }],
    ['a payment that was lost', 'paymentsConfirmedOnce', { confirmations: new Map([['p', 1]]) }],
    [
      'a payment in two blocks',
      'paymentsConfirmedOnce',
      {
        confirmations: new Map([
          ['p', 1],
          ['q', 2],
        ]),
      },
    ],
    ['two payments that are one transaction', 'paymentsConfirmedOnce', { payments: ['p', 'p'] }],
    ['other coins of the same sum', 'coinsAgree', { nodes: [GOOD, { ...GOOD, digest: 'ee' }] }],
    [
      'a coin too many everywhere',
      'supplyIsSubsidies',
      {
        nodes: [
          { ...GOOD, supply: GOOD.supply + 1 },
          { ...GOOD, supply: GOOD.supply + 1 },
        ],
      },
    ],
  ])('find %s', (_fault, verdict, change) => {
    expect(verdictsOn(change)).toEqual({ ...ALL_GOOD, [verdict]: false })
  })
})
