import { parseArgs } from 'node:util'
import { UsageError } from '../../src/cli/failure.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { MAX_ANCESTORS } from '../../src/mempool/policy.ts'

/** `star`: all know the first node. `line`: each knows only the one before. */
export type Topology = 'star' | 'line'

export interface ClusterOptions {
  /** nodes to begin with; one more joins late */
  readonly nodes: number
  /** height of the chain in the end */
  readonly blocks: number
  /** payments */
  readonly transactions: number
  readonly topology: Topology
  /** whether the folder with data and logs stays */
  readonly keep: boolean
  readonly json: boolean
}

export const USAGE = `Usage: npm run cluster -- [options]

Runs real nodes on this machine that mine, pay, crash, come back and join, and
checks that they agree in the end: exit code 0 only if they do.

  --nodes <n>             nodes to begin with, 2 to 20; one more joins late (5)
  --blocks <n>            blocks to mine, up to 1000 (30)
  --transactions <n>      payments to send, 1 to 10000 (100)
  --topology <star|line>  whom a new node knows: the first, or the one before (star)
  --keep                  keep the folder with the nodes' data and logs
  --json                  the result as one JSON object; progress on standard error
  --help                  show this text`

const LIMITS = { nodes: [2, 20], blocks: [1, 1000], transactions: [1, 10_000] } as const

/** Before the crash, during it, after the restart, and after the late joiner has come. */
const LEAST_PAYING_BLOCKS = 4

/** Blocks without payments: one for each wallet, and those until the last of these can be spent. */
export const fundingBlocks = (nodes: number, { maturity }: Pick<NetworkParameters, 'maturity'>): number =>
  nodes + maturity - 1

/** The fewest blocks that so many payments can be confirmed in; a wallet may have 25 in a row unconfirmed. */
export function leastBlocks(nodes: number, transactions: number, network: NetworkParameters): number {
  const paying = Math.ceil(transactions / (nodes * MAX_ANCESTORS))
  return fundingBlocks(nodes, network) + Math.max(LEAST_PAYING_BLOCKS, paying)
}

/**
 * Reads the command line; undefined where help is asked for.
 * @throws UsageError with what is allowed
 */
export function parseOptions(
  args: readonly string[],
  network: NetworkParameters,
): ClusterOptions | undefined {
  const values = parseFlags(args)
  if (values.help) return undefined
  const { topology, keep, json } = values
  if (topology !== 'star' && topology !== 'line')
    throw new UsageError(`--topology is ${JSON.stringify(topology)}, but has to be star or line`)
  const nodes = numberOf('nodes', values.nodes)
  const blocks = numberOf('blocks', values.blocks)
  const transactions = numberOf('transactions', values.transactions)
  const least = leastBlocks(nodes, transactions, network)
  if (blocks < least)
    throw new UsageError(
      `--blocks is ${blocks}, but ${nodes} nodes and ${transactions} transactions need at least ${least}: ` +
        `${fundingBlocks(nodes, network)} until every wallet can pay, the others to confirm the payments`,
    )
  return { nodes, blocks, transactions, topology, keep, json }
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        nodes: { type: 'string', default: '5' },
        blocks: { type: 'string', default: '30' },
        transactions: { type: 'string', default: '100' },
        topology: { type: 'string', default: 'star' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    // Its messages name the flag; only the first sentence is for a command without positional arguments.
    throw new UsageError((error as Error).message.split('. ', 1)[0]!)
  }
}

function numberOf(name: keyof typeof LIMITS, text: string): number {
  const [least, most] = LIMITS[name]
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new UsageError(
      `--${name} is ${JSON.stringify(text)}, but has to be a number from ${least} to ${most}`,
    )
  return value
}
