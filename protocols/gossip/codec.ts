import { create, toBinary } from '@bufbuild/protobuf'
import { ok, type Result } from '../../src/base/result.ts'
import { BlockMessageSchema, TransactionMessageSchema } from '../gen/gossip/gossip_pb.js'
import { parseMessage } from '../message.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import {
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_RELAYED_TRANSACTION_BYTES,
  MAX_TRANSACTION_MESSAGE_BYTES,
} from './protocol.ts'

/** Size of the canonical message whose only field, with a number below 16, holds so many bytes. */
function messageSize(payload: number): number {
  let size = 2 + payload
  for (let left = payload >>> 7; left > 0; left >>>= 7) size += 1
  return size
}

/** Field 1, length-delimited: the first byte of both messages. */
const TAG = 0x0a

/**
 * The payload of a message, where the message is nothing but the payload's canonical encoding. Anything else in it
 * (an unknown field, a repeated field, a longer varint) makes it longer than `messageSize`.
 */
function canonicalPayload(message: Uint8Array, payload: Uint8Array): Result<Uint8Array, WireFault> {
  return message[0] === TAG && message.length === messageSize(payload.length)
    ? ok(payload)
    : wireFault('message-not-canonical', { bytes: message.length, payload: payload.length })
}

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
  return canonicalPayload(bytes, body.value)
}

/** @param block - consensus bytes */
export const encodeBlockMessage = (block: Uint8Array): Uint8Array =>
  toBinary(BlockMessageSchema, create(BlockMessageSchema, { body: { case: 'block', value: block } }))

/** The block's consensus bytes, a view of `bytes`, not yet decoded. */
export function decodeBlockMessage(bytes: Uint8Array): Result<Uint8Array, WireFault> {
  const parsed = parseMessage(BlockMessageSchema, bytes, MAX_BLOCK_MESSAGE_BYTES)
  if (!parsed.ok) return parsed
  const { body } = parsed.value
  if (body.case === undefined) return wireFault('message-kind-unknown')
  return canonicalPayload(bytes, body.value)
}
