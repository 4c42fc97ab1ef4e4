import { ok, type Result } from '../../src/base/result.ts'
import { checkProofOfWork } from '../../src/consensus/check-header.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { broken, type RuleViolation } from '../../src/consensus/rules.ts'
import { type Block, decodeBlock } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { decodeHeader, HEADER_BYTES } from '../../src/primitives/header.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import type { WireFault } from '../wire-fault.ts'
import { decodeBlockMessage, decodeTransactionMessage } from './codec.ts'

export type MessageFault = WireFault | RuleViolation

/**
 * The block of a gossiped message, or undefined where it is known already: all that can be said of it without the
 * chain, cheapest first, so that rubbish costs its sender more than it costs us.
 */
export function openBlockMessage(
  message: Uint8Array,
  parameters: NetworkParameters,
  isKnown: (hash: BlockHash) => boolean,
): Result<Block | undefined, MessageFault> {
  // README, block 1: the message is the canonical encoding of one body that this version knows.
  const bytes = decodeBlockMessage(message)
  if (!bytes.ok) return bytes

  // README, block 2: the first 80 bytes are a header.
  const header = decodeHeader(bytes.value.subarray(0, HEADER_BYTES))
  if (!header.ok) return broken('malformed', { reason: header.error.code })

  // README, block 3: a block that is known already is ignored.
  if (isKnown(header.value.hash)) return ok(undefined)

  // README, block 4: the header's proof of work holds.
  const work = checkProofOfWork(header.value, parameters)
  if (!work.ok) return work

  // README, block 5: the bytes are one block, with nothing left over.
  const block = decodeBlock(bytes.value)
  return block.ok ? block : broken('malformed', { hash: header.value.hash, reason: block.error.code })
}

/** The transaction of a gossiped message. */
export function openTransactionMessage(message: Uint8Array): Result<Transaction, MessageFault> {
  // README, transaction 1: the message is the canonical encoding of one body that this version knows.
  const bytes = decodeTransactionMessage(message)
  if (!bytes.ok) return bytes

  // README, transaction 2: the bytes are one transaction, with nothing left over.
  const transaction = decodeTransaction(bytes.value)
  return transaction.ok ? transaction : broken('malformed', { reason: transaction.error.code })
}
