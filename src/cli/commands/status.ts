import type { Status } from '../../client/views.ts'
import { connect } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { printFacts, printJson } from '../table.ts'

/** `cairn status` */
export async function status(options: ApiOptions, context: CommandContext): Promise<void> {
  const { client } = await connect(options, context)
  const answer = await client.status()
  if (options.json) return printJson(context.terminal, answer)
  printFacts(context.terminal, {
    network: `${answer.network.name} (${answer.network.id})`,
    version: answer.userAgent,
    'peer id': answer.peerId,
    height: answer.tip.height,
    tip: answer.tip.hash,
    'tip time': new Date(answer.tip.time * 1000).toISOString(),
    sync: syncText(answer),
    blocks: prunedText(answer),
    peers: `${answer.peers.inbound + answer.peers.outbound} (${answer.peers.outbound} outbound)`,
    mempool: `${answer.mempool.transactions} transactions, ${answer.mempool.virtualBytes} vbytes`,
    mining: answer.mining.mining ? `${Math.round(answer.mining.hashesPerSecond)} hashes/s` : 'off',
    signatures: answer.signatureBackend,
    hashes: answer.hashEngine,
    up: `${Math.floor((context.clock.now() - answer.startedAtMs) / 1000)} s`,
    addresses: answer.addresses.join(' '),
    api: client.url,
  })
}

/** How far the node is in catching up. */
export function syncText({ sync }: Pick<Status, 'sync'>): string {
  const { phase, blocksLeft, blocksPerSecond, secondsLeft, presyncPercent } = sync
  switch (phase) {
    case 'idle':
      return 'up to date'
    case 'presync':
      return `looking for a chain with enough work, ${presyncPercent ?? 0} % of it seen`
    case 'headers':
      return `fetching headers, ${blocksLeft} blocks behind`
    case 'blocks': {
      const left =
        secondsLeft === null ? '' : `, ${blocksPerSecond.toFixed(1)} a second, ${secondsLeft} s left`
      return `${blocksLeft} blocks behind${left}`
    }
  }
}

/** Undefined where all of them are there: nothing to say. */
function prunedText({ pruned }: Status): string | undefined {
  if (pruned === null) return undefined
  const { keptBlocks, lowestBody } = pruned
  const from = lowestBody === 0 ? 'none pruned yet' : `pruned below height ${lowestBody}`
  return keptBlocks === null ? `${from}, none are any more` : `${from}, the last ${keptBlocks} are kept`
}
