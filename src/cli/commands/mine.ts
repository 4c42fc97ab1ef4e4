import { CairnError } from '../../base/errors.ts'
import { decodeAddress } from '../../script/address.ts'
import { connectToNetwork } from '../connect.ts'
import type { ApiOptions, CommandContext } from '../context.ts'
import { UsageError } from '../failure.ts'
import { printJson } from '../table.ts'
import { DEFAULT_WALLET, payoutAddress } from '../wallets.ts'

export interface MineOptions extends ApiOptions {
  readonly blocks?: string
  readonly address?: string
  readonly start?: boolean
  readonly stop?: boolean
}

const MAX_BLOCKS = 1_000_000

/** Blocks in one question, so that the first ones are shown before the last ones are found. */
const BLOCKS_PER_QUESTION = 10

/** `cairn mine` */
export async function mine(options: MineOptions, context: CommandContext): Promise<void> {
  const { terminal } = context
  const count = countOf(options)
  const { client, config } = await connectToNetwork(options, context)
  if (options.stop) {
    const mining = await client.stopMining()
    return options.json ? printJson(terminal, mining) : terminal.print('the node has stopped mining')
  }
  const address = options.address ?? (await payoutAddress(DEFAULT_WALLET, config, context))
  const script = decodeAddress(address, config.network.prefix)
  if (!script.ok) throw new UsageError(`--address is ${JSON.stringify(address)}: ${script.error.message}`)
  if (options.start) {
    const mining = await client.startMining(address)
    return options.json
      ? printJson(terminal, mining)
      : terminal.print(`the node mines to ${address} with ${mining.threads} threads`)
  }

  const found: { hash: string; height: number }[] = []
  while (found.length < count) {
    const wanted = Math.min(count - found.length, BLOCKS_PER_QUESTION)
    const { blocks } = await client.generate(address, wanted)
    if (blocks.length > wanted)
      throw new CairnError('answer-wrong', 'the node mined more blocks than asked for')
    found.push(...blocks)
    if (!options.json) for (const { hash, height } of blocks) terminal.print(`${height}\t${hash}`)
  }
  if (options.json) printJson(terminal, { address, blocks: found })
}

function countOf({ blocks = '1', start, stop }: MineOptions): number {
  if (start && stop) throw new UsageError('--start and --stop exclude each other')
  const count = /^\d{1,7}$/.test(blocks) ? Number(blocks) : 0
  if (count < 1 || count > MAX_BLOCKS)
    throw new UsageError(
      `--blocks is ${JSON.stringify(blocks)}, but has to be a whole number from 1 to ${MAX_BLOCKS}`,
    )
  return count
}
