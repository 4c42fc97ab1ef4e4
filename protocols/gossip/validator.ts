import { ok, type Result } from '../../src/base/result.ts'
import { checkProofOfWork } from '../../src/consensus/check-header.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { broken, type RuleViolation } from '../../src/consensus/rules.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { type BlockHeader, decodeHeader, HEADER_BYTES } from '../../src/primitives/header.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { type CompactBlock, decodeCompactBlock } from '../compact-block.ts'
import type { WireFault } from '../wire-fault.ts'
import { decodeBlockMessage, decodeTransactionMessage } from './codec.ts'

export type MessageFault = WireFault | RuleViolation

/** A block that was announced. */
export interface BlockAnnouncement {
  /** has the work that it states */
  readonly header: BlockHeader
  /** where it came in compact form */
  readonly compact: CompactBlock | undefined
}

/**
 * The announcement of a gossiped message, or undefined where the block is known already: all that can be said of it
 * without the chain, cheapest first, so that rubbish costs its sender more than it costs us.
 */
export function openBlockMessage(
  message: Uint8Array,
  parameters: NetworkParameters,
  isKnown: (hash: BlockHash) => boolean,
): Result<BlockAnnouncement | undefined, MessageFault> {
  // README, block 1: the message is the canonical encoding of one body that this version knows.
  const opened = decodeBlockMessage(message)
  if (!opened.ok) return opened
  const { kind, bytes } = opened.value

  // README, block 2: the first 80 bytes are a header.
  const header = decodeHeader(bytes.subarray(0, HEADER_BYTES))
  if (!header.ok) return broken('malformed', { reason: header.error.code })

  // README, block 3: a block that is known already is ignored.
  if (isKnown(header.value.hash)) return ok(undefined)

  // README, block 4: the header's proof of work holds.
  const work = checkProofOfWork(header.value, parameters)
  if (!work.ok) return work

  // README, block 5: the bytes are that header alone, or one compact block with nothing left over.
  if (kind === 'header') {
    if (bytes.length > HEADER_BYTES) return broken('malformed', { reason: 'trailing-bytes' })
    return ok({ header: header.value, compact: undefined })
  }
  const compact = decodeCompactBlock(bytes)
  if (!compact.ok) return broken('malformed', { hash: header.value.hash, reason: compact.error.code })
  return ok({ header: header.value, compact: compact.value })
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
