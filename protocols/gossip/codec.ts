import { create, toBinary } from '@bufbuild/protobuf'
import { ok, type Result } from '../../src/base/result.ts'
import { BlockMessageSchema, TransactionMessageSchema } from '../gen/gossip/gossip_pb.js'
import { parseMessage } from '../message.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import {
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_PUSHED_COMPACT_BYTES,
  MAX_RELAYED_TRANSACTION_BYTES,
  MAX_TRANSACTION_MESSAGE_BYTES,
} from './protocol.ts'

/** Size of the canonical message whose only field, with a number below 16, holds so many bytes. */
function messageSize(payload: number): number {
  let size = 2 + payload
  for (let left = payload >>> 7; left > 0; left >>>= 7) size += 1
  return size
}

/** The first byte of a message whose only field is the length-delimited one of this number. */
const tagOf = (field: number): number => (field << 3) | 2

/**
 * Whether the message is nothing but the canonical encoding of this payload in this field. Anything else in it (an
 * unknown field, a repeated field, a longer varint) makes it longer than `messageSize`.
 */
const isCanonical = (message: Uint8Array, field: number, payload: Uint8Array): boolean =>
  message[0] === tagOf(field) && message.length === messageSize(payload.length)

const notCanonical = (message: Uint8Array) => wireFault('message-not-canonical', { bytes: message.length })

/** @param transaction - BIP144 bytes */
export const encodeTransactionMessage = (transaction: Uint8Array): Uint8Array =>
  toBinary(
    TransactionMessageSchema,
    create(TransactionMessageSchema, { body: { case: 'transaction', value: transaction } }),
  )

/** The transaction's BIP144 bytes, a view of `bytes`, not yet decoded. */
export function decodeTransactionMessage(bytes: Uint8Array): Result<Uint8Array, WireFault> {
  const parsed = parseMessage(TransactionMessageSchema, bytes, MAX_TRANSACTION_MESSAGE_BYTES)
  if (!parsed.ok) return parsed
  const { body } = parsed.value
  if (body.case === undefined) return wireFault('message-kind-unknown')
  if (body.value.length > MAX_RELAYED_TRANSACTION_BYTES)
    return wireFault('message-over-limit', { field: 'transaction', bytes: body.value.length })
  return isCanonical(bytes, 1, body.value) ? ok(body.value) : notCanonical(bytes)
}

/** How a block is announced: by its header alone, or in compact form. Neither is decoded yet. */
export interface BlockMessage {
  readonly kind: 'header' | 'compact'
  readonly bytes: Uint8Array
}

export const encodeBlockMessage = ({ kind, bytes }: BlockMessage): Uint8Array =>
  toBinary(BlockMessageSchema, create(BlockMessageSchema, { body: { case: kind, value: bytes } }))

/** The payload is a view of `bytes`. */
export function decodeBlockMessage(bytes: Uint8Array): Result<BlockMessage, WireFault> {
  const parsed = parseMessage(BlockMessageSchema, bytes, MAX_BLOCK_MESSAGE_BYTES)
  if (!parsed.ok) return parsed
  const { body } = parsed.value
  if (body.case === undefined) return wireFault('message-kind-unknown')
  if (body.value.length > MAX_PUSHED_COMPACT_BYTES)
    return wireFault('message-over-limit', { field: body.case, bytes: body.value.length })
  const field = BlockMessageSchema.field[body.case].number
  return isCanonical(bytes, field, body.value)
    ? ok({ kind: body.case, bytes: body.value })
    : notCanonical(bytes)
}
