import { formatCoins } from '../../src/primitives/money.ts'
import type { Audit, NodeReport } from './audit.ts'
import type { ClusterOptions } from './options.ts'
import type { ScenarioResult } from './scenario.ts'

export interface Outcome {
  readonly options: ClusterOptions
  readonly result: ScenarioResult
  readonly audit: Audit
  readonly seconds: number
  /** where data and logs were kept */
  readonly folder: string | undefined
}

/** Whether all verdicts are good. */
export const passed = ({ verdicts }: Audit): boolean => Object.values(verdicts).every((good) => good)

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10

/** One JSON object; amounts in base units. */
export function jsonReport({ options, result, audit, seconds, folder }: Outcome): string {
  const { topology, blocks, transactions } = options
  const { restart, join } = result
  return JSON.stringify({
    passed: passed(audit),
    verdicts: audit.verdicts,
    seconds: tenths(seconds),
    topology,
    blocks,
    transactions,
    confirmedOnce: audit.confirmedOnce,
    subsidies: audit.subsidies,
    restart: { ...restart, seconds: tenths(restart.seconds) },
    join: { ...join, seconds: tenths(join.seconds) },
    nodes: audit.nodes,
    folder: folder ?? null,
  })
}

const COLUMNS: readonly (readonly [title: string, cell: (node: NodeReport) => string, align?: 'left'])[] = [
  ['node', ({ node }) => node, 'left'],
  ['peers', ({ peers }) => String(peers)],
  ['height', ({ height }) => String(height)],
  ['tip', ({ tip }) => tip.slice(-16), 'left'],
  ['mempool', ({ mempool }) => String(mempool)],
  ['balance', ({ balance }) => formatCoins(balance)],
]

function table(nodes: readonly NodeReport[]): string[] {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...nodes.map((node) => COLUMNS.map(([, cell]) => cell(node))),
  ]
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  const aligned = (text: string, at: number) =>
    COLUMNS[at]?.[2] === 'left' ? text.padEnd(widths[at]!) : text.padStart(widths[at]!)
  return rows.map((row) => row.map(aligned).join('  ').trimEnd())
}

/** The table, and a sentence for each verdict. */
export function textReport({ options, audit, seconds }: Outcome): string {
  const { verdicts, confirmedOnce, subsidies, nodes } = audit
  const verdict = (good: boolean, text: string) => `${good ? 'ok    ' : 'FAILED'}  ${text}`
  return [
    ...table(nodes),
    '',
    verdict(verdicts.tipsAgree, `all ${nodes.length} nodes have the same tip at height ${options.blocks}`),
    verdict(
      verdicts.paymentsConfirmedOnce,
      `${confirmedOnce} of ${options.transactions} payments are confirmed exactly once`,
    ),
    verdict(verdicts.coinsAgree, 'all nodes have the same coins'),
    verdict(
      verdicts.supplyIsSubsidies,
      `the sum of all coins is the sum of the subsidies, ${formatCoins(subsidies)}`,
    ),
    `${seconds.toFixed(1)} s`,
  ].join('\n')
}
