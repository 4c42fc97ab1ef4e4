import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './failure.ts'
import { wholeOption } from './wallet-options.ts'

export interface FeeOptions {
  readonly feeRate?: string
  readonly target?: string
}

/** The fee rate that was asked for; neither where that is left to the node. */
export interface FeeChoice {
  /** base units a virtual byte */
  readonly rate: number | undefined
  readonly target: number | undefined
}

/** Base units per virtual byte: what nodes relay at least. */
const FLOOR = 1

const MAX_TARGET = 144

const RATE = /^\d{1,6}(?:\.\d{1,3})?$/

/** `--fee-rate` as it was given; undefined where it was not. */
export function givenFeeRate({ feeRate }: Pick<FeeOptions, 'feeRate'>): number | undefined {
  if (feeRate === undefined) return undefined
  if (RATE.test(feeRate)) return Number(feeRate)
  throw new UsageError(
    `--fee-rate is ${JSON.stringify(feeRate)}, but has to be a number of base units a virtual byte such as 2`,
  )
}

/** What `--fee-rate` and `--target` say. */
export function feeOption(options: FeeOptions): FeeChoice {
  const rate = givenFeeRate(options)
  const { target } = options
  if (rate !== undefined && target !== undefined)
    throw new UsageError('--fee-rate and --target exclude each other')
  return { rate, target: wholeOption('--target', target, 1, MAX_TARGET) }
}

/**
 * The fee rate that was chosen: as it was given, what the node estimates for the target, or else the least that it
 * takes now. In thousandths, rounded up.
 */
export async function feeRateOf(
  { rate, target }: FeeChoice,
  client: Pick<ApiClient, 'fees'>,
  { terminal }: Pick<CommandContext, 'terminal'>,
): Promise<number> {
  if (rate !== undefined) return rate
  const { floor, estimates } = await client.fees()
  const least = Math.max(FLOOR, Math.ceil(1000 * floor) / 1000)
  if (target === undefined) return least
  // The node names a few targets: the next shorter one pays no less.
  const known = estimates.filter((each) => each.target <= target).toSorted((a, b) => b.target - a.target)
  const estimate = known[0]?.feeRate
  if (estimate !== null && estimate !== undefined) return Math.max(least, Math.ceil(1000 * estimate) / 1000)
  terminal.note(`The node has no estimate yet: the least that it takes is used, ${least} a virtual byte.`)
  return least
}
