import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { type ClusterOptions, fundingBlocks } from './options.ts'

/** What happens before one block that confirms payments. */
export interface Round {
  /** of its block */
  readonly height: number
  /** how many are sent */
  readonly payments: number
  /** `crash` comes between the payments and their block, the others before the payments */
  readonly event: 'crash' | 'restart' | 'join' | undefined
}

export interface Plan {
  /** blocks that fund the wallets and let these coins mature */
  readonly funding: number
  readonly rounds: readonly Round[]
}

/** Payments spread evenly; the crash half-way, the restart an eighth later, the late joiner at three quarters. */
export function makePlan({ nodes, blocks, transactions }: ClusterOptions, network: NetworkParameters): Plan {
  const funding = fundingBlocks(nodes, network)
  const count = blocks - funding
  const crash = Math.floor(count / 2) - 1
  const restart = crash + Math.max(1, Math.floor(count / 8))
  const join = Math.floor((3 * count) / 4)
  const events = new Map<number, Round['event']>([
    [crash, 'crash'],
    [restart, 'restart'],
    [join, 'join'],
  ])
  const sentBefore = (round: number): number => Math.floor((round * transactions) / count)
  const rounds = Array.from({ length: count }, (_, at) => ({
    height: funding + at + 1,
    payments: sentBefore(at + 1) - sentBefore(at),
    event: events.get(at),
  }))
  return { funding, rounds }
}
