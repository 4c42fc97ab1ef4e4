import { ok, type Result } from '../../src/base/result.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Cancellable, PeerId, Transport } from '../../src/ports/transport.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { type BlockHeader, decodeHeader, HEADER_BYTES } from '../../src/primitives/header.ts'
import { createKeptStream } from '../kept-stream.ts'
import { malformedField } from '../message.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import { decodeResponse, encodeRequest, type GetHeaders } from './codec.ts'
import {
  CLIENT_LIMITS,
  FRAME_TIMEOUT_MS,
  KEEP_STREAM_MS,
  REQUEST_TIMEOUT_MS,
  syncProtocol,
} from './protocol.ts'

export interface SyncClientDependencies {
  readonly transport: Transport
  readonly clock: Clock
  readonly network: Pick<NetworkParameters, 'id'>
}

/** What a peer has to say of one block that it was asked for. */
export interface BlockAnswer {
  readonly hash: BlockHash
  /**
   * The block in its consensus encoding: its header has the hash that was asked for, the rest has not been looked at.
   * Undefined where the peer does not have it.
   */
  readonly bytes: Uint8Array | undefined
}

/**
 * Asks one peer over a stream that it keeps open for a while between requests. What the peer does wrong is a value;
 * timeouts (`deadline-exceeded`) and broken streams reject.
 */
export interface SyncClient {
  /** Headers after the locator, linked to it and to each other; fewer than `MAX_HEADERS` where there are no more. */
  headers(
    locator: readonly BlockHash[],
    options?: Cancellable,
  ): Promise<Result<readonly BlockHeader[], WireFault>>
  /**
   * Blocks in the order of `hashes`, as they come; ends after the first fault. The next one is read when it is asked
   * for, so that a slow consumer slows the peer down. Leaving the loop early resets the stream.
   */
  blocks(
    hashes: readonly BlockHash[],
    options?: Cancellable,
  ): AsyncGenerator<Result<BlockAnswer, WireFault>, void, undefined>
  /** bytes that have come so far, those of a block that is on its way too */
  received(): number
  close(): void
}

/** The headers' links, on the locator and among themselves. */
function checkLinks(
  headers: readonly BlockHeader[],
  locator: readonly BlockHash[],
): Result<readonly BlockHeader[], WireFault> {
  const first = headers[0]
  if (first !== undefined && !locator.includes(first.previous))
    return wireFault('headers-unlinked', { index: 0, previous: first.previous })
  for (let i = 1; i < headers.length; i++) {
    if (headers[i]!.previous !== headers[i - 1]!.hash) return wireFault('headers-unlinked', { index: i })
  }
  return ok(headers)
}

function readBlockAnswer(frame: Uint8Array, hash: BlockHash): Result<BlockAnswer, WireFault> {
  const response = decodeResponse(frame)
  if (!response.ok) return response
  const answer = response.value
  if (answer.kind === 'not-found' && answer.hash === hash) return ok({ hash, bytes: undefined })
  if (answer.kind !== 'block') return wireFault('answer-unasked', { kind: answer.kind, hash })
  const header = decodeHeader(answer.bytes.subarray(0, HEADER_BYTES))
  if (!header.ok) return malformedField('block', { reason: header.error.code })
  if (header.value.hash !== hash) return wireFault('answer-unasked', { hash: header.value.hash, asked: hash })
  return ok({ hash, bytes: answer.bytes })
}

export function createSyncClient(dependencies: SyncClientDependencies, peer: PeerId): SyncClient {
  const options = {
    protocol: syncProtocol(dependencies.network),
    limits: CLIENT_LIMITS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    frameTimeoutMs: FRAME_TIMEOUT_MS,
    keepStreamMs: KEEP_STREAM_MS,
  }
  const kept = createKeptStream(options, dependencies, peer)

  return {
    async headers(locator, { signal } = {}) {
      const request: GetHeaders = { kind: 'get-headers', locator, stop: undefined }
      const answering = await kept.ask(encodeRequest(request), signal)
      let clean = false
      try {
        const response = decodeResponse(answering.first)
        if (!response.ok) return response
        if (response.value.kind !== 'headers')
          return wireFault('answer-unasked', { kind: response.value.kind })
        const linked = checkLinks(response.value.headers, locator)
        clean = linked.ok
        return linked
      } finally {
        answering.end(clean)
      }
    },

    async *blocks(hashes, { signal } = {}) {
      const answering = await kept.ask(encodeRequest({ kind: 'get-blocks', hashes }), signal)
      let left = hashes.length
      try {
        for (const [index, hash] of hashes.entries()) {
          const answer = readBlockAnswer(index === 0 ? answering.first : await answering.next(), hash)
          if (answer.ok) left -= 1
          yield answer
          if (!answer.ok) return
        }
      } finally {
        answering.end(left === 0)
      }
    },

    received: () => kept.received(),
    close: () => kept.close(),
  }
}
