import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeBlockMessage,
  decodeTransactionMessage,
  encodeBlockMessage,
  encodeTransactionMessage,
} from '../../protocols/gossip/codec.ts'
import {
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_RELAYED_TRANSACTION_BYTES,
  MAX_TRANSACTION_MESSAGE_BYTES,
} from '../../protocols/gossip/protocol.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { MAX_BLOCK_BYTES } from '../../src/primitives/block.ts'
import { damaged } from '../support/arbitrary.ts'
import { checkVectors, readVectors } from '../support/wire-vectors.ts'

const codecs = [
  {
    message: 'TransactionMessage',
    field: 'transaction',
    encode: encodeTransactionMessage,
    decode: decodeTransactionMessage,
    most: MAX_RELAYED_TRANSACTION_BYTES,
    limit: MAX_TRANSACTION_MESSAGE_BYTES,
  },
  {
    message: 'BlockMessage',
    field: 'block',
    encode: encodeBlockMessage,
    decode: decodeBlockMessage,
    most: MAX_BLOCK_BYTES,
    limit: MAX_BLOCK_MESSAGE_BYTES,
  },
]

describe.each(codecs)('$message codec', ({ message, field, encode, decode, most, limit }) => {
  it('agrees with the vectors', () => {
    const fromJson = (value: Readonly<Record<string, unknown>>) => fromHex(value[field] as string)!
    checkVectors(readVectors('gossip', message), fromJson, encode, decode)
  })

  it('reads what it has written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: 'max' }), (bytes) => {
        expect(decode(encode(bytes))).toEqual({ ok: true, value: bytes })
      }),
    )
  })

  it('fits the largest payload into a message, and no byte more', () => {
    const largest = encode(new Uint8Array(most))
    expect(largest.length).toBeLessThanOrEqual(limit)
    expect(decode(largest).ok).toBe(true)
    expect(decode(encode(new Uint8Array(limit)))).toMatchObject({ error: { code: 'message-over-limit' } })
  })

  it('accepts exactly the one encoding of a payload', () => {
    const noise = fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged(fc.uint8Array().map(encode)))
    fc.assert(
      fc.property(noise, (bytes) => {
        const decoded = decode(bytes)
        if (decoded.ok) expect(encode(decoded.value)).toEqual(bytes)
      }),
      { numRuns: 2_000 },
    )
  })
})
