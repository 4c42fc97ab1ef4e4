import { fromHex, toHex } from '../../base/bytes.ts'
import { CairnError, invariant } from '../../base/errors.ts'
import { writeDurableFile } from '../../platform/node/durable-file.ts'
import { sha256 } from '../../primitives/hash.ts'
import { decodeTransaction } from '../../primitives/transaction.ts'
import { type Htlc, PREIMAGE_BYTES } from '../../wallet/contracts/contract.ts'
import { claimPath, refundPath, revealedPreimage } from '../../wallet/contracts/contract-spend.ts'
import { type Connection, configOf, connectToNetwork } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import {
  contractFacts,
  type LockOptions,
  lockOption,
  publicKeyOption,
  scriptOption,
} from '../contract-options.ts'
import { UsageError } from '../failure.ts'
import { givenSecret, type SecretSource, secretOf } from '../secret-source.ts'
import { printFacts, printJson } from '../table.ts'
import { wholeOption } from '../wallet-options.ts'
import {
  coinsOnContract,
  printContract,
  type ScriptOptions,
  type SpendOptions,
  spendOnPath,
} from './contracts.ts'
import { type SendOptions, send } from './send.ts'
import { keyOrNew } from './vault.ts'

interface PreimageOptions {
  readonly preimageFile?: string
}

const preimageSource = ({ preimageFile }: PreimageOptions): SecretSource => ({
  name: 'preimage',
  file: preimageFile,
  variable: 'CAIRN_PREIMAGE',
  fileVariable: 'CAIRN_PREIMAGE_FILE',
})

/** Never repeats what was given: it is a secret until it is claimed with. */
function readPreimage(text: string): Uint8Array {
  const preimage = fromHex(text.trim().toLowerCase())
  if (preimage?.length === PREIMAGE_BYTES) return preimage
  throw new UsageError(`a preimage is ${2 * PREIMAGE_BYTES} hex digits`)
}

export interface CreateOptions extends NodeOptions, LockOptions, PreimageOptions {
  readonly recipient: string
  readonly refund?: string
  readonly hash?: string
  readonly preimageOut?: string
  readonly from?: string
}

/** `cairn htlc create` */
export async function createHtlc(options: CreateOptions, context: CommandContext): Promise<void> {
  const lock = lockOption(options)
  const recipient = publicKeyOption('--recipient', options.recipient)
  const { network } = await configOf(options, context)
  const { hash, preimage } = await hashOf(options, context)
  const refund = await keyOrNew('--refund', options.refund, options, context)
  const contract: Htlc = { kind: 'htlc', hash, recipient, refund, lock }
  const shown: Record<string, string> = { hash: toHex(hash) }
  if (preimage !== undefined && options.preimageOut !== undefined) {
    const { machine } = context
    const path = machine.resolvePath(machine.workingDirectory, options.preimageOut)
    // for its owner alone, as writeDurableFile makes files
    await writeDurableFile(path, `${toHex(preimage)}\n`, { exclusive: true })
    shown.preimageFile = path
  } else if (preimage !== undefined) shown.preimage = toHex(preimage)
  printContract(contract, network.prefix, options, context, shown)
  if (preimage !== undefined)
    context.terminal.note('Keep the preimage secret until you claim with it: whoever has it can claim.')
}

/** The hash that was given, that of the preimage that was given, or that of a new one. */
async function hashOf(
  options: CreateOptions,
  { machine, random }: CommandContext,
): Promise<{ readonly hash: Uint8Array; readonly preimage?: Uint8Array }> {
  if (options.hash !== undefined) {
    const hash = fromHex(options.hash.toLowerCase())
    if (hash?.length !== 32) throw new UsageError('--hash is the SHA-256 of a preimage, 64 hex digits')
    return { hash }
  }
  const given = await givenSecret(preimageSource(options), machine)
  if (given !== undefined) return { hash: sha256(readPreimage(given)) }
  const preimage = random.bytes(PREIMAGE_BYTES)
  return { hash: sha256(preimage), preimage }
}

export interface FundOptions extends Omit<SendOptions, 'to' | 'toFile' | 'all'> {
  readonly script: string
  readonly amount: string
}

/** `cairn htlc fund`: pays from a wallet to what the script says, once that is a contract of this kind. */
export async function fundHtlc(options: FundOptions, context: CommandContext): Promise<void> {
  const contract = scriptOption(options.script, 'htlc')
  const { network } = await configOf(options, context)
  const { address } = contractFacts(contract, network.prefix)
  await send({ ...options, to: [address] }, context)
}

/** `cairn htlc claim` */
export async function claimHtlc(
  options: SpendOptions & PreimageOptions,
  context: CommandContext,
): Promise<void> {
  const contract = scriptOption(options.script, 'htlc')
  const text = await secretOf(preimageSource(options), 'The preimage: ', context)
  await spendOnPath(claimPath(contract, readPreimage(text)), options, context)
}

/** `cairn htlc refund` */
export const refundHtlc = (options: SpendOptions, context: CommandContext): Promise<void> =>
  spendOnPath(refundPath(scriptOption(options.script, 'htlc')), options, context)

export interface RevealOptions extends ScriptOptions {
  readonly txid?: string
  readonly blocks?: string
}

const MAX_SEARCHED_BLOCKS = 10_000

/** `cairn htlc preimage`: what a claim has shown, for the other side of a swap. */
export async function showPreimage(options: RevealOptions, context: CommandContext): Promise<void> {
  const contract = scriptOption(options.script, 'htlc')
  const blocks = wholeOption('--blocks', options.blocks, 1, MAX_SEARCHED_BLOCKS) ?? 144
  const connection = await connectToNetwork(options, context)
  const found =
    options.txid === undefined
      ? ((await pendingClaim(contract, connection, context)) ??
        (await minedClaim(contract, blocks, connection)))
      : await claimIn(options.txid, contract, connection)
  if (found === undefined)
    throw new CairnError(
      'preimage-unknown',
      'no claim of the contract was found: it was not claimed yet, or earlier than the blocks that were searched (--blocks)',
    )
  if (options.json) return printJson(context.terminal, found)
  printFacts(context.terminal, { preimage: found.preimage, txid: found.txid })
}

async function claimIn(txid: string, contract: Htlc, { client }: Connection) {
  const { hex } = await client.transaction(txid)
  const bytes = fromHex(hex)
  const decoded = bytes && decodeTransaction(bytes)
  invariant(decoded?.ok, 'the node answers with transactions')
  const preimage = revealedPreimage(contract, decoded.value)
  return preimage && { preimage: toHex(preimage), txid }
}

async function pendingClaim(contract: Htlc, connection: Connection, context: CommandContext) {
  const { coins } = await coinsOnContract(contract, connection, context)
  for (const { spentBy } of coins) {
    const found = spentBy === null ? undefined : await claimIn(spentBy, contract, connection)
    if (found !== undefined) return found
  }
  return undefined
}

/** The last blocks, the newest first: the node keeps no list of what spent a coin. */
async function minedClaim(contract: Htlc, blocks: number, connection: Connection) {
  const { tip } = await connection.client.status()
  for (let height = tip.height; height > Math.max(0, tip.height - blocks); height--) {
    const { txids } = await connection.client.block(String(height))
    for (const txid of txids?.slice(1) ?? []) {
      const found = await claimIn(txid, contract, connection)
      if (found !== undefined) return found
    }
  }
  return undefined
}
