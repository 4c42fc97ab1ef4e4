import { create, toBinary } from '@bufbuild/protobuf'
import { decode } from '../../src/base/reader.ts'
import { ok, type Result } from '../../src/base/result.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { type BlockHeader, encodeHeader, HEADER_BYTES, readHeader } from '../../src/primitives/header.ts'
import { type Request, RequestSchema, ResponseSchema } from '../gen/sync/sync_pb.js'
import { decodeHash, decodeHashes, encodeHash } from '../hash-field.ts'
import { malformedField, parseMessage } from '../message.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import {
  MAX_BLOCKS_ASKED,
  MAX_HEADERS,
  MAX_LOCATOR_HASHES,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
} from './protocol.ts'

export interface GetHeaders {
  readonly kind: 'get-headers'
  /** 1 to 64 hashes, best first */
  readonly locator: readonly BlockHash[]
  /** the last header that is wanted */
  readonly stop: BlockHash | undefined
}
export interface GetBlocks {
  readonly kind: 'get-blocks'
  /** 1 to 16 hashes */
  readonly hashes: readonly BlockHash[]
}
export type SyncRequest = GetHeaders | GetBlocks

export type SyncResponse =
  /** up to 2,000 headers, each after its parent */
  | { readonly kind: 'headers'; readonly headers: readonly BlockHeader[] }
  /** a block's consensus bytes, not yet decoded */
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'not-found'; readonly hash: BlockHash }

function requestFields(request: SyncRequest): Request['ask'] {
  if (request.kind === 'get-blocks') {
    const hashes = request.hashes.map(encodeHash)
    return { case: 'getBlocks', value: { $typeName: 'cairn.sync.v1.GetBlocks', hashes } }
  }
  const locator = request.locator.map(encodeHash)
  const stop = request.stop === undefined ? new Uint8Array(0) : encodeHash(request.stop)
  return { case: 'getHeaders', value: { $typeName: 'cairn.sync.v1.GetHeaders', locator, stop } }
}

export const encodeRequest = (request: SyncRequest): Uint8Array =>
  toBinary(RequestSchema, create(RequestSchema, { ask: requestFields(request) }))

function hashList(field: string, hashes: readonly Uint8Array[], max: number): Result<BlockHash[], WireFault> {
  if (hashes.length > max) return wireFault('message-over-limit', { field, count: hashes.length, max })
  const decoded = decodeHashes(hashes)
  return decoded === undefined || decoded.length === 0 ? malformedField(field) : ok(decoded)
}

export function decodeRequest(bytes: Uint8Array): Result<SyncRequest, WireFault> {
  const parsed = parseMessage(RequestSchema, bytes, MAX_REQUEST_BYTES)
  if (!parsed.ok) return parsed
  const { ask } = parsed.value
  if (ask.case === 'getHeaders') {
    const locator = hashList('locator', ask.value.locator, MAX_LOCATOR_HASHES)
    if (!locator.ok) return locator
    const stop = decodeHash(ask.value.stop)
    if (stop === undefined && ask.value.stop.length > 0) return malformedField('stop')
    return ok({ kind: 'get-headers', locator: locator.value, stop })
  }
  if (ask.case === 'getBlocks') {
    const hashes = hashList('hashes', ask.value.hashes, MAX_BLOCKS_ASKED)
    return hashes.ok ? ok({ kind: 'get-blocks', hashes: hashes.value }) : hashes
  }
  return wireFault('message-kind-unknown')
}

function concatHeaders(headers: readonly BlockHeader[]): Uint8Array {
  const bytes = new Uint8Array(headers.length * HEADER_BYTES)
  headers.forEach((header, i) => {
    bytes.set(encodeHeader(header), i * HEADER_BYTES)
  })
  return bytes
}

function responseFields(response: SyncResponse) {
  switch (response.kind) {
    case 'headers':
      return { case: 'headers', value: concatHeaders(response.headers) } as const
    case 'block':
      return { case: 'block', value: response.bytes } as const
    case 'not-found':
      return { case: 'notFound', value: encodeHash(response.hash) } as const
  }
}

export const encodeResponse = (response: SyncResponse): Uint8Array =>
  toBinary(ResponseSchema, create(ResponseSchema, { answer: responseFields(response) }))

function decodeHeaders(bytes: Uint8Array): Result<SyncResponse, WireFault> {
  const count = bytes.length / HEADER_BYTES
  if (!Number.isInteger(count)) return malformedField('headers', { bytes: bytes.length })
  if (count > MAX_HEADERS) return wireFault('message-over-limit', { field: 'headers', count })
  const headers = decode(bytes, (reader) => Array.from({ length: count }, () => readHeader(reader)))
  return headers.ok ? ok({ kind: 'headers', headers: headers.value }) : malformedField('headers')
}

/** A block's bytes are a view of `bytes`. */
export function decodeResponse(bytes: Uint8Array): Result<SyncResponse, WireFault> {
  const parsed = parseMessage(ResponseSchema, bytes, MAX_RESPONSE_BYTES)
  if (!parsed.ok) return parsed
  const { answer } = parsed.value
  switch (answer.case) {
    case 'headers':
      return decodeHeaders(answer.value)
    case 'block':
      return ok({ kind: 'block', bytes: answer.value })
    case 'notFound': {
      const hash = decodeHash(answer.value)
      return hash === undefined ? malformedField('not_found') : ok({ kind: 'not-found', hash })
    }
    case undefined:
      return wireFault('message-kind-unknown')
  }
}
