import { existsSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtInNetwork } from '../../src/consensus/networks.ts'
import type { SingleCheck } from '../../src/script/signature-check.ts'
import { runInChild } from './child.ts'

/** What sets one payment chain apart from another; the same plan is the same chain, byte for byte. */
export interface PaymentPlan {
  /** unspent coins before the first payment */
  readonly coins: number
  /** payment blocks */
  readonly blocks: number
  /** payments, over all payment blocks */
  readonly transactions: number
  /** inputs of each payment */
  readonly inputs: number
  /** base units of fee that an input may pay on top of the least, each sum as likely as another; all pay the same without */
  readonly feeSpread?: number
}

/** What stands beside the blocks of a chain, in `chain.json`. */
export interface PaymentManifest {
  readonly plan: PaymentPlan
  /** blocks before the first payment block */
  readonly setUpBlocks: number
  /** bytes of each block from height 1 on, in the order of the file */
  readonly lengths: readonly number[]
  /** hash of the last block */
  readonly tip: string
  /** coins after the last block, those of the coinbases included */
  readonly unspent: number
  /** the latest header time in Unix seconds */
  readonly lastTime: number
}

export interface PaymentChain extends PaymentManifest {
  readonly folder: string
}

/** To be raised with every change to the maker: chains of another version are not looked at. */
const FORMAT = 1

const MAKER = new URL('./payment-maker.ts', import.meta.url)

/** Where benches keep what they can use again. */
export const cacheFolder = (): string => join(tmpdir(), 'cairn-bench')

export const BLOCKS_FILE = 'blocks.dat'
export const CHECKS_FILE = 'checks.dat'
export const MANIFEST_FILE = 'chain.json'

/** Bytes of one check in its file: public key, digest, signature. */
const CHECK_BYTES = 33 + 32 + 64

/** The chain of a plan: from the cache folder, or made now by a process of its own. */
export async function loadPaymentChain(plan: PaymentPlan): Promise<PaymentChain> {
  const { coins, blocks, transactions, inputs, feeSpread } = plan
  const network = builtInNetwork('dev').id
  const name = `payments-v${FORMAT}-${network}-c${coins}-b${blocks}-t${transactions}-i${inputs}${feeSpread === undefined ? '' : `-f${feeSpread}`}`
  const folder = join(cacheFolder(), name)
  if (!existsSync(folder)) {
    process.stderr.write(`making ${name}\n`)
    await mkdir(cacheFolder(), { recursive: true })
    // Not here: a child's peak memory counts that of the process that it was started by.
    await runInChild(MAKER, { plan, folder })
  }
  return openPaymentChain(folder)
}

/** A chain that has been made. */
export async function openPaymentChain(folder: string): Promise<PaymentChain> {
  const manifest = JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8')) as PaymentManifest
  return { ...manifest, folder }
}

/**
 * The bytes of the blocks from the `from`th (0 is the one at height 1) up to the `to`th, without it. One is read ahead;
 * what has been handed out is not kept.
 */
export async function* readBlocks(
  { folder, lengths }: PaymentChain,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  await using file = await open(join(folder, BLOCKS_FILE), 'r')
  let position = lengths.slice(0, from).reduce((sum, length) => sum + length, 0)
  const read = async (index: number): Promise<Uint8Array> => {
    const at = position
    const length = lengths[index]!
    position += length
    const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, at)
    if (bytesRead !== length) throw new Error(`block ${index + 1} of ${folder} is cut short`)
    return buffer
  }
  let next = from < to ? read(from) : undefined
  for (let index = from; index < to; index++) {
    const bytes = await next!
    if (index + 1 < to) next = read(index + 1)
    yield bytes
  }
}

export function encodeCheck({ publicKey, digest, signature }: Omit<SingleCheck, 'kind'>): Uint8Array {
  const bytes = new Uint8Array(CHECK_BYTES)
  bytes.set(publicKey)
  bytes.set(digest, 33)
  bytes.set(signature, 65)
  return bytes
}

/** Signatures of the chain with what they sign, spread over all payments. */
export async function readChecks({ folder }: PaymentChain): Promise<SingleCheck[]> {
  const bytes = new Uint8Array(await readFile(join(folder, CHECKS_FILE)))
  return Array.from({ length: bytes.length / CHECK_BYTES }, (_, i) => {
    const part = (from: number, to: number) => bytes.slice(i * CHECK_BYTES + from, i * CHECK_BYTES + to)
    return { kind: 'single', publicKey: part(0, 33), digest: part(33, 65), signature: part(65, CHECK_BYTES) }
  })
}
