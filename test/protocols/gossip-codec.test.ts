import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BlockMessage,
  decodeBlockMessage,
  decodeTransactionMessage,
  encodeBlockMessage,
  encodeTransactionMessage,
} from '../../protocols/gossip/codec.ts'
import {
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_PUSHED_COMPACT_BYTES,
  MAX_RELAYED_TRANSACTION_BYTES,
  MAX_TRANSACTION_MESSAGE_BYTES,
} from '../../protocols/gossip/protocol.ts'
import { type WireFault, wireFault } from '../../protocols/wire-fault.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { ok, type Result } from '../../src/base/result.ts'
import { damaged } from '../support/arbitrary.ts'
import { checkVectors, readVectors } from '../support/wire-vectors.ts'

interface Codec {
  readonly message: string
  readonly encode: (payload: Uint8Array) => Uint8Array
  readonly decode: (message: Uint8Array) => Result<Uint8Array, WireFault>
  readonly most: number
  readonly limit: number
}

/** One kind of block message. */
const blockCodec = (kind: BlockMessage['kind']): Codec => ({
  message: `BlockMessage (${kind})`,
  encode: (bytes) => encodeBlockMessage({ kind, bytes }),
  decode(bytes) {
    const message = decodeBlockMessage(bytes)
    if (!message.ok) return message
    return message.value.kind === kind ? ok(message.value.bytes) : wireFault('message-kind-unknown')
  },
  most: MAX_PUSHED_COMPACT_BYTES,
  limit: MAX_BLOCK_MESSAGE_BYTES,
})

const codecs: readonly Codec[] = [
  {
    message: 'TransactionMessage',
    encode: encodeTransactionMessage,
    decode: decodeTransactionMessage,
    most: MAX_RELAYED_TRANSACTION_BYTES,
    limit: MAX_TRANSACTION_MESSAGE_BYTES,
  },
  blockCodec('header'),
  blockCodec('compact'),
]

describe('gossip codecs', () => {
  it('agree with the vectors', () => {
    const bytesAt = (value: Readonly<Record<string, unknown>>, key: string) => fromHex(value[key] as string)!
    checkVectors(
      readVectors('gossip', 'TransactionMessage'),
      (value) => bytesAt(value, 'transaction'),
      encodeTransactionMessage,
      decodeTransactionMessage,
    )
    checkVectors(
      readVectors('gossip', 'BlockMessage'),
      (value) => ({ kind: value.kind as BlockMessage['kind'], bytes: bytesAt(value, 'bytes') }),
      encodeBlockMessage,
      decodeBlockMessage,
    )
  })
})

describe.each(codecs)('$message codec', ({ encode, decode, most, limit }) => {
  it('reads what it has written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: Math.min(20_000, most), size: 'max' }), (bytes) => {
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
