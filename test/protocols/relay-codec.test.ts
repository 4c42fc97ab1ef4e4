import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type RelayRequest,
  type RelayResponse,
} from '../../protocols/relay/codec.ts'
import {
  MAX_INVENTORY,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_TRANSACTIONS_ASKED,
} from '../../protocols/relay/protocol.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../src/primitives/block.ts'
import { type Txid, toHashId, type Wtxid, ZERO_HASH } from '../../src/primitives/hash.ts'
import { blockHash, bytesOf, damaged, uint32 } from '../support/arbitrary.ts'
import { checkVectors, readVectors } from '../support/wire-vectors.ts'

const wtxid = bytesOf(32).map((bytes) => toHashId<Wtxid>(bytes))
const txid = bytesOf(32).map((bytes) => toHashId<Txid>(bytes))
const indexes = fc
  .uniqueArray(fc.nat({ max: MAX_BLOCK_TRANSACTIONS - 1 }), { minLength: 1, maxLength: 300, size: 'max' })
  .map((all) => all.toSorted((a, b) => a - b))

const request: fc.Arbitrary<RelayRequest> = fc.oneof(
  fc.record({ kind: fc.constant('get-compact-block' as const), block: blockHash }),
  fc.record({ kind: fc.constant('get-block-transactions' as const), block: blockHash, indexes }),
  fc.record({
    kind: fc.constant('get-transactions' as const),
    wtxids: fc.array(wtxid, { minLength: 1, maxLength: MAX_TRANSACTIONS_ASKED / 2, size: 'max' }),
    txids: fc.array(txid, { maxLength: MAX_TRANSACTIONS_ASKED / 2, size: 'max' }),
  }),
  fc.record({ kind: fc.constant('get-inventory' as const), minFeeRate: uint32 }),
)

const response: fc.Arbitrary<RelayResponse> = fc.oneof(
  fc.record({ kind: fc.constant('compact-block' as const), bytes: fc.uint8Array() }),
  fc.record({ kind: fc.constant('block-transactions' as const), bytes: fc.uint8Array() }),
  fc.record({ kind: fc.constant('transaction' as const), bytes: fc.uint8Array() }),
  fc.record({ kind: fc.constant('not-found' as const), id: wtxid }),
  fc.record({ kind: fc.constant('inventory' as const), wtxids: fc.array(wtxid) }),
)

describe('relay codec', () => {
  it('agrees with the vectors', () => {
    const toRequest = (value: object) => value as RelayRequest
    checkVectors(readVectors('relay', 'Request'), toRequest, encodeRequest, decodeRequest)
    const toResponse = (value: object): RelayResponse =>
      'bytes' in value
        ? ({ ...value, bytes: fromHex(value.bytes as string)! } as RelayResponse)
        : (value as RelayResponse)
    checkVectors(readVectors('relay', 'Response'), toResponse, encodeResponse, decodeResponse)
  })

  it('reads the requests that it has written, within the limit', () => {
    fc.assert(
      fc.property(request, (value) => {
        const bytes = encodeRequest(value)
        expect(bytes.length).toBeLessThanOrEqual(MAX_REQUEST_BYTES)
        expect(decodeRequest(bytes)).toEqual({ ok: true, value })
      }),
    )
  })

  it('reads the responses that it has written', () => {
    fc.assert(
      fc.property(response, (value) => {
        expect(decodeResponse(encodeResponse(value))).toEqual({ ok: true, value })
      }),
    )
  })

  it('asks for all transactions of the fullest block within a request, however their places lie', () => {
    const asking = (step: number) =>
      encodeRequest({
        kind: 'get-block-transactions',
        block: ZERO_HASH,
        indexes: Array.from({ length: Math.ceil(MAX_BLOCK_TRANSACTIONS / step) }, (_, i) => i * step),
      })
    for (const step of [1, 2, 127, 129, 130, 300]) {
      expect(asking(step).length).toBeLessThanOrEqual(MAX_REQUEST_BYTES)
      expect(decodeRequest(asking(step)).ok).toBe(true)
    }
  })

  it('fits all of a block and the longest inventory into a response, and no id more', () => {
    const block = encodeResponse({ kind: 'block-transactions', bytes: new Uint8Array(MAX_BLOCK_BYTES) })
    expect(block.length).toBeLessThanOrEqual(MAX_RESPONSE_BYTES)
    expect(decodeResponse(block).ok).toBe(true)
    const wtxids = new Array<Wtxid>(MAX_INVENTORY).fill(ZERO_HASH)
    expect(decodeResponse(encodeResponse({ kind: 'inventory', wtxids })).ok).toBe(true)
    const more = encodeResponse({ kind: 'inventory', wtxids: [...wtxids, ZERO_HASH] })
    expect(decodeResponse(more)).toMatchObject({ error: { code: 'message-over-limit' } })
  })

  it('refuses noise and damage without throwing', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      damaged(request.map(encodeRequest)),
      damaged(response.map(encodeResponse)),
    )
    fc.assert(
      fc.property(noise, (bytes) => {
        const asRequest = decodeRequest(bytes)
        if (asRequest.ok) expect(decodeRequest(encodeRequest(asRequest.value))).toEqual(asRequest)
        const asResponse = decodeResponse(bytes)
        if (asResponse.ok) expect(decodeResponse(encodeResponse(asResponse.value))).toEqual(asResponse)
      }),
      { numRuns: 500 },
    )
  })
})
