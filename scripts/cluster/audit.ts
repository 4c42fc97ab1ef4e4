import { invariant } from '../../src/base/errors.ts'
import type { ApiClient } from '../../src/cli/api-client.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import type { Member } from './members.ts'

/** Where one node stands in the end. */
export interface NodeReport {
  readonly node: string
  readonly peers: number
  readonly height: number
  readonly tip: string
  readonly mempool: number
  /** of the wallet that belongs to it, base units */
  readonly balance: number
  /** the sum of all coins that it knows, base units */
  readonly supply: number
  /** of all coins that it knows */
  readonly digest: string
}

export interface Verdicts {
  /** every node has the same tip, at the height that was asked for */
  readonly tipsAgree: boolean
  /** every payment stands in the best chain, and in one block only */
  readonly paymentsConfirmedOnce: boolean
  /** the sets of coins are the same */
  readonly coinsAgree: boolean
  /** the sum of all coins is the sum of the subsidies, on every node */
  readonly supplyIsSubsidies: boolean
}

export interface Audit {
  readonly nodes: readonly NodeReport[]
  readonly confirmedOnce: number
  /** base units */
  readonly subsidies: number
  readonly verdicts: Verdicts
}

async function reportOf(member: Member): Promise<NodeReport> {
  const process = member.process()
  invariant(process, 'every node runs in the end')
  const { client } = process
  const [status, supply, balance] = await Promise.all([
    client.status(),
    client.supply(),
    member.payer.balance(client),
  ])
  return {
    node: member.name,
    peers: status.peers.inbound + status.peers.outbound,
    height: status.tip.height,
    tip: status.tip.hash,
    mempool: status.mempool.transactions,
    balance,
    supply: supply.total,
    digest: supply.digest,
  }
}

/** How often each transaction stands in the best chain. */
async function readConfirmations(client: ApiClient, height: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (let at = 1; at <= height; at++)
    for (const txid of (await client.block(String(at))).txids ?? [])
      counts.set(txid, (counts.get(txid) ?? 0) + 1)
  return counts
}

/** The facts that the verdicts rest on. */
export interface Findings {
  readonly nodes: readonly NodeReport[]
  /** txids */
  readonly payments: readonly string[]
  /** how often a transaction stands in the best chain */
  readonly confirmations: ReadonlyMap<string, number>
  /** the height that all should be at */
  readonly blocks: number
}

/** The verdicts on what was found; pure. */
export function judge(
  { nodes, payments, confirmations, blocks }: Findings,
  network: NetworkParameters,
): Audit {
  let subsidies = 0
  for (let height = 1; height <= blocks; height++) subsidies += blockSubsidy(height, network)
  const confirmedOnce = new Set(payments.filter((txid) => confirmations.get(txid) === 1)).size
  const [one] = nodes
  const verdicts: Verdicts = {
    tipsAgree: nodes.every(({ tip, height }) => tip === one?.tip && height === blocks),
    paymentsConfirmedOnce: confirmedOnce === payments.length,
    coinsAgree: nodes.every(({ digest }) => digest === one?.digest),
    supplyIsSubsidies: nodes.every(({ supply }) => supply === subsidies),
  }
  return { nodes, confirmedOnce, subsidies, verdicts }
}

/**
 * Asks every node and judges.
 * @param payments - txids
 * @param blocks - the height that all should be at
 */
export async function audit(
  members: readonly Member[],
  payments: readonly string[],
  blocks: number,
  network: NetworkParameters,
): Promise<Audit> {
  const nodes = await Promise.all(members.map(reportOf))
  const [one] = nodes
  const client = members[0]?.process()?.client
  invariant(one && client, 'the first node runs')
  const confirmations = await readConfirmations(client, one.height)
  return judge({ nodes, payments, confirmations, blocks }, network)
}
