import { create, toBinary } from '@bufbuild/protobuf'
import { ok, type Result } from '../../src/base/result.ts'
import { MAX_BLOCK_TRANSACTIONS } from '../../src/primitives/block.ts'
import {
  type BlockHash,
  HASH_BYTES,
  type HashId,
  hashIdsBytes,
  type Txid,
  toHashId,
  type Wtxid,
} from '../../src/primitives/hash.ts'
import { type Request, RequestSchema, ResponseSchema } from '../gen/relay/relay_pb.js'
import { decodeHash, decodeHashes, encodeHash } from '../hash-field.ts'
import { malformedField, parseMessage } from '../message.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import { MAX_INVENTORY, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, MAX_TRANSACTIONS_ASKED } from './protocol.ts'

export interface GetCompactBlock {
  readonly kind: 'get-compact-block'
  readonly block: BlockHash
}
export interface GetBlockTransactions {
  readonly kind: 'get-block-transactions'
  readonly block: BlockHash
  /** places in the block, 0 being the coinbase; ascending, at least one */
  readonly indexes: readonly number[]
}
export interface GetTransactions {
  readonly kind: 'get-transactions'
  readonly wtxids: readonly Wtxid[]
  readonly txids: readonly Txid[]
}
export interface GetInventory {
  readonly kind: 'get-inventory'
  /** base units for 1,000 virtual bytes, unsigned 32 bits */
  readonly minFeeRate: number
}
export type RelayRequest = GetCompactBlock | GetBlockTransactions | GetTransactions | GetInventory

export type RelayResponse =
  /** a block in its compact form, not yet decoded */
  | { readonly kind: 'compact-block'; readonly bytes: Uint8Array }
  /** the transactions of a block that were asked for, BIP144, one behind the other, not yet decoded */
  | { readonly kind: 'block-transactions'; readonly bytes: Uint8Array }
  /** BIP144 bytes, not yet decoded */
  | { readonly kind: 'transaction'; readonly bytes: Uint8Array }
  /** the block hash, wtxid or txid that was asked for */
  | { readonly kind: 'not-found'; readonly id: HashId }
  | { readonly kind: 'inventory'; readonly wtxids: readonly Wtxid[] }

/** Each index as its distance from the one after its predecessor, as in BIP152. */
const toDifferences = (indexes: readonly number[]): number[] =>
  indexes.map((index, i) => (i === 0 ? index : index - indexes[i - 1]! - 1))

/** The indexes of such distances, or undefined where one lies beyond what a block can hold. */
function fromDifferences(differences: readonly number[]): number[] | undefined {
  const indexes: number[] = []
  let next = 0
  for (const difference of differences) {
    const index = next + difference
    if (index >= MAX_BLOCK_TRANSACTIONS) return undefined
    indexes.push(index)
    next = index + 1
  }
  return indexes
}

function requestFields(request: RelayRequest): Request['ask'] {
  switch (request.kind) {
    case 'get-compact-block': {
      const block = encodeHash(request.block)
      return { case: 'getCompactBlock', value: { $typeName: 'cairn.relay.v1.GetCompactBlock', block } }
    }
    case 'get-block-transactions': {
      const block = encodeHash(request.block)
      const indexes = toDifferences(request.indexes)
      const value = { $typeName: 'cairn.relay.v1.GetBlockTransactions', block, indexes } as const
      return { case: 'getBlockTransactions', value }
    }
    case 'get-transactions': {
      const wtxids = request.wtxids.map(encodeHash)
      const txids = request.txids.map(encodeHash)
      return {
        case: 'getTransactions',
        value: { $typeName: 'cairn.relay.v1.GetTransactions', wtxids, txids },
      }
    }
    case 'get-inventory': {
      const { minFeeRate } = request
      return { case: 'getInventory', value: { $typeName: 'cairn.relay.v1.GetInventory', minFeeRate } }
    }
  }
}

export const encodeRequest = (request: RelayRequest): Uint8Array =>
  toBinary(RequestSchema, create(RequestSchema, { ask: requestFields(request) }))

export function decodeRequest(bytes: Uint8Array): Result<RelayRequest, WireFault> {
  const parsed = parseMessage(RequestSchema, bytes, MAX_REQUEST_BYTES)
  if (!parsed.ok) return parsed
  const { ask } = parsed.value
  switch (ask.case) {
    case 'getCompactBlock': {
      const block = decodeHash<BlockHash>(ask.value.block)
      return block === undefined ? malformedField('block') : ok({ kind: 'get-compact-block', block })
    }
    case 'getBlockTransactions': {
      const block = decodeHash<BlockHash>(ask.value.block)
      if (block === undefined) return malformedField('block')
      const indexes = fromDifferences(ask.value.indexes)
      if (indexes === undefined) return wireFault('message-over-limit', { field: 'indexes' })
      if (indexes.length === 0) return malformedField('indexes')
      return ok({ kind: 'get-block-transactions', block, indexes })
    }
    case 'getTransactions': {
      const count = ask.value.wtxids.length + ask.value.txids.length
      if (count > MAX_TRANSACTIONS_ASKED) return wireFault('message-over-limit', { field: 'ids', count })
      const wtxids = decodeHashes<Wtxid>(ask.value.wtxids)
      const txids = decodeHashes<Txid>(ask.value.txids)
      if (wtxids === undefined || txids === undefined || count === 0) return malformedField('ids')
      return ok({ kind: 'get-transactions', wtxids, txids })
    }
    case 'getInventory':
      return ok({ kind: 'get-inventory', minFeeRate: ask.value.minFeeRate })
    case undefined:
      return wireFault('message-kind-unknown')
  }
}

function responseFields(response: RelayResponse) {
  switch (response.kind) {
    case 'compact-block':
      return { case: 'compactBlock', value: response.bytes } as const
    case 'block-transactions':
      return { case: 'blockTransactions', value: response.bytes } as const
    case 'transaction':
      return { case: 'transaction', value: response.bytes } as const
    case 'not-found':
      return { case: 'notFound', value: encodeHash(response.id) } as const
    case 'inventory':
      return { case: 'inventory', value: hashIdsBytes(response.wtxids) } as const
  }
}

export const encodeResponse = (response: RelayResponse): Uint8Array =>
  toBinary(ResponseSchema, create(ResponseSchema, { answer: responseFields(response) }))

function decodeInventory(bytes: Uint8Array): Result<RelayResponse, WireFault> {
  const count = bytes.length / HASH_BYTES
  if (!Number.isInteger(count)) return malformedField('inventory', { bytes: bytes.length })
  if (count > MAX_INVENTORY) return wireFault('message-over-limit', { field: 'inventory', count })
  const wtxids = Array.from({ length: count }, (_, i) => toHashId<Wtxid>(bytes, i * HASH_BYTES))
  return ok({ kind: 'inventory', wtxids })
}

/** The bytes of transactions are views of `bytes`. */
export function decodeResponse(bytes: Uint8Array): Result<RelayResponse, WireFault> {
  const parsed = parseMessage(ResponseSchema, bytes, MAX_RESPONSE_BYTES)
  if (!parsed.ok) return parsed
  const { answer } = parsed.value
  switch (answer.case) {
    case 'compactBlock':
      return ok({ kind: 'compact-block', bytes: answer.value })
    case 'blockTransactions':
      return ok({ kind: 'block-transactions', bytes: answer.value })
    case 'transaction':
      return ok({ kind: 'transaction', bytes: answer.value })
    case 'notFound': {
      const id = decodeHash<HashId>(answer.value)
      return id === undefined ? malformedField('not_found') : ok({ kind: 'not-found', id })
    }
    case 'inventory':
      return decodeInventory(answer.value)
    case undefined:
      return wireFault('message-kind-unknown')
  }
}
