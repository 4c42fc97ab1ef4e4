import { ok, type Result } from '../base/result.ts'
import { BlockConnection, type CoinChanges, type ConnectedBlock } from '../consensus/connect-block.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import { broken, type RuleViolation } from '../consensus/rules.ts'
import type { Clock } from '../ports/clock.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { VerifiedTransactions } from '../ports/verified-transactions.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import { verificationsOf } from '../script/signature-batch.ts'
import type { CoinsCache } from './coins-cache.ts'
import { fetchInputs } from './fetch-inputs.ts'
import type { TreeEntry } from './header-tree.ts'

/** Inputs between two turns: a few milliseconds of work. */
const INPUTS_PER_TURN = 250

export interface ConnectDependencies {
  readonly parameters: NetworkParameters
  readonly signatures: Signatures
  readonly verified: VerifiedTransactions
  readonly clock: Clock
}

/** A block that keeps every rule, if its signatures hold. */
export interface Connected extends CoinChanges {
  /** the coins that it spends, in its order */
  readonly undo: readonly Coin[]
  /** how many verifications its signatures can take */
  readonly checks: number
  /** resolves to what is wrong with them, or undefined; rejects where they could not be looked at */
  readonly signatures: Promise<RuleViolation | undefined>
}

/** What a block is put on. */
export interface Ground {
  /** changes over the coins as of the tip, the latest first */
  readonly layers: readonly CoinChanges[]
  readonly cache: CoinsCache
  /** the entry at a height below the block's, on its own branch */
  readonly ancestorAt: (height: number) => TreeEntry
}

const everyTransaction = (): boolean => true

/**
 * Holds a block that `checkBlock` has passed against the coins of its parent. Signatures are under way when this
 * resolves: blocks on top of it can be looked at meanwhile.
 */
export async function connect(
  entry: TreeEntry,
  block: Block,
  { layers, cache, ancestorAt }: Ground,
  { parameters, signatures, verified, clock }: ConnectDependencies,
): Promise<Result<Connected, RuleViolation>> {
  const connection = new BlockConnection(block, {
    before: await fetchInputs(block, layers, cache),
    parameters,
    height: entry.height,
    medianTimePast: entry.parent!.medianTimePast,
    medianTimePastAt: (height) => ancestorAt(height).medianTimePast,
    isVerified: entry.valid ? everyTransaction : (wtxid) => verified.has(wtxid),
  })
  let outcome = connection.step(INPUTS_PER_TURN)
  while (outcome === undefined) {
    await clock.turn()
    outcome = connection.step(INPUTS_PER_TURN)
  }
  if (!outcome.ok) return outcome
  const held = checkSignatures(outcome.value, signatures)
  // Whoever waits for it hears of a failure; until then it must not count as unheard.
  held.catch(() => {})
  // Without the checks themselves: they need not stay in memory while they are verified.
  const { made, spent, undo, checks } = outcome.value
  const verifications = checks.reduce((sum, check) => sum + verificationsOf(check), 0)
  return ok({ made, spent, undo, checks: verifications, signatures: held })
}

async function checkSignatures(
  { checks }: ConnectedBlock,
  signatures: Signatures,
): Promise<RuleViolation | undefined> {
  if (checks.length === 0) return undefined
  const invalid = await signatures.firstInvalid(checks)
  return invalid === undefined ? undefined : broken('signature-invalid', { check: invalid }).error
}
