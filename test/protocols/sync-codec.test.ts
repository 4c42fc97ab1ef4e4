import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type SyncRequest,
  type SyncResponse,
} from '../../protocols/sync/codec.ts'
import { MAX_HEADERS, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from '../../protocols/sync/protocol.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { MAX_BLOCK_BYTES } from '../../src/primitives/block.ts'
import { decodeHeader, type makeHeader } from '../../src/primitives/header.ts'
import { blockHash, blockHeader, damaged } from '../support/arbitrary.ts'
import { DEV } from '../support/test-chain.ts'
import { checkVectors, readVectors } from '../support/wire-vectors.ts'

const request: fc.Arbitrary<SyncRequest> = fc.oneof(
  fc.record({
    kind: fc.constant('get-headers' as const),
    locator: fc.array(blockHash, { minLength: 1, maxLength: 64, size: 'max' }),
    stop: fc.option(blockHash, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('get-blocks' as const),
    hashes: fc.array(blockHash, { minLength: 1, maxLength: 16, size: 'max' }),
  }),
)

const response: fc.Arbitrary<SyncResponse> = fc.oneof(
  fc.record({ kind: fc.constant('headers' as const), headers: fc.array(blockHeader) }),
  fc.record({ kind: fc.constant('block' as const), bytes: fc.uint8Array() }),
  fc.record({ kind: fc.constant('not-found' as const), hash: blockHash }),
)

function headerOf(hex: string) {
  const header = decodeHeader(fromHex(hex)!)
  if (!header.ok) throw header.error
  return header.value
}

describe('sync codec', () => {
  it('agrees with the vectors', () => {
    const toRequest = (value: object) => ({
      ...(value as SyncRequest),
      ...('locator' in value ? { stop: (value as { stop?: never }).stop } : {}),
    })
    checkVectors(readVectors('sync', 'Request'), toRequest, encodeRequest, decodeRequest)
    const toResponse = (value: object): SyncResponse => {
      if ('headers' in value) return { kind: 'headers', headers: (value.headers as string[]).map(headerOf) }
      if ('bytes' in value) return { kind: 'block', bytes: fromHex(value.bytes as string)! }
      return value as SyncResponse
    }
    checkVectors(readVectors('sync', 'Response'), toResponse, encodeResponse, decodeResponse)
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

  it('fits the largest block and the most headers into a response, and no header more', () => {
    const block = encodeResponse({ kind: 'block', bytes: new Uint8Array(MAX_BLOCK_BYTES) })
    expect(block.length).toBeLessThanOrEqual(MAX_RESPONSE_BYTES)
    expect(decodeResponse(block).ok).toBe(true)
    const headers = Array<ReturnType<typeof makeHeader>>(MAX_HEADERS).fill(DEV.genesis.header)
    const most = encodeResponse({ kind: 'headers', headers })
    expect(decodeResponse(most)).toMatchObject({ ok: true })
    const more = encodeResponse({ kind: 'headers', headers: [...headers, DEV.genesis.header] })
    expect(decodeResponse(more)).toMatchObject({ error: { code: 'message-over-limit' } })
  })

  it('does not copy a block out of its frame', () => {
    const frame = encodeResponse({ kind: 'block', bytes: new Uint8Array(1_000) })
    const decoded = decodeResponse(frame)
    expect(decoded.ok && decoded.value.kind === 'block' && decoded.value.bytes.buffer).toBe(frame.buffer)
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
      { numRuns: 1_000 },
    )
  })

  it('refuses unknown groups that nest without end instead of exhausting the stack', () => {
    const nested = new Uint8Array(4_000).fill(0x7b)
    expect(decodeRequest(nested)).toMatchObject({ ok: false, error: { code: 'message-malformed' } })
    expect(decodeResponse(new Uint8Array(MAX_RESPONSE_BYTES).fill(0x7b))).toMatchObject({ ok: false })
  })
})
