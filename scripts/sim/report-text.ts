import { commandOf } from './settings.ts'
import type { SimReport } from './simulate.ts'

const ms = (value: number): string => `${Math.round(value).toLocaleString('en')} ms`
const bytes = (value: number): string => `${value.toLocaleString('en')} B`

/** A report for people. */
export function reportText(report: SimReport): string {
  const { settings, blocks, transactions, bytesPerNodeAndBlock: spent, duplicates, heldMost } = report
  const rows: [string, string][] = [
    ['run', `${settings.scenario}, ${settings.nodes} nodes, ${settings.minutes} min, seed ${settings.seed}`],
    ['trace hash', report.traceHash],
    [
      'height',
      `${report.height}, ${report.blocksMined} blocks mined, ${(100 * report.staleRate).toFixed(1)} % stale`,
    ],
    ['payments', `${report.payments}, ${report.paymentsRefused} refused and made again`],
    ['blocks spread', `p50 ${ms(blocks.p50Ms)}, p99 ${ms(blocks.p99Ms)} (${blocks.samples} arrivals)`],
    [
      'transactions spread',
      `p50 ${ms(transactions.p50Ms)}, p99 ${ms(transactions.p99Ms)} (${transactions.samples} arrivals)`,
    ],
    [
      'per node and block',
      `${bytes(spent.total)}: blocks ${bytes(spent.blockTopic)}, transactions ${bytes(spent.transactionTopic)}, ` +
        `gossip control ${bytes(spent.gossipControl)}, streams ${bytes(spent.streams)}`,
    ],
    [
      'duplicates',
      `${duplicates.blocks.toFixed(2)} a block, ${duplicates.transactions.toFixed(2)} a transaction`,
    ],
    ['adversaries banned', `${report.adversariesBanned} times`],
    [
      'held at most',
      Object.entries(heldMost)
        .map(([key, value]) => `${key} ${value.toLocaleString('en')}`)
        .join(', '),
    ],
    ['heap', `${report.heapPerNodeMB.toFixed(1)} MB for each node`],
    ...Object.entries(report.figures).map(([key, value]): [string, string] => [
      key,
      String(Math.round(value * 1000) / 1000),
    ]),
    ['took', `${report.wallSeconds.toFixed(1)} s for ${report.events.toLocaleString('en')} events`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const verdicts = report.verdicts.map(
    ({ name, holds, found }) => `${holds ? 'ok    ' : 'BROKEN'}  ${name}: ${found}`,
  )
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), '', ...verdicts].join('\n')
}

/** How to see a failure again. */
export const repeatText = ({ settings }: Pick<SimReport, 'settings'>): string =>
  `seed ${settings.seed} fails; this repeats it:\n  ${commandOf(settings)}`
