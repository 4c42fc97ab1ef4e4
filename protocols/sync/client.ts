import { CairnError, invariant } from '../../src/base/errors.ts'
import { ok, type Result } from '../../src/base/result.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Cancellable, FrameStream, PeerId, Transport } from '../../src/ports/transport.ts'
import { type Block, decodeBlock } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { type BlockHeader, decodeHeader, HEADER_BYTES } from '../../src/primitives/header.ts'
import { isDeadline, withDeadline } from '../deadline.ts'
import { malformedField } from '../message.ts'
import { abortWith, closeQuietly, receiveFrame } from '../stream-end.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import { decodeResponse, encodeRequest, type GetHeaders, type SyncRequest } from './codec.ts'
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
  /** decoded, and of the hash that was asked for; undefined where the peer does not have it */
  readonly block: Block | undefined
}

/**
 * Asks one peer, one request at a time, over a stream that it keeps open for a while between them. What the peer does wrong is a
 * value; timeouts (`deadline-exceeded`) and broken streams reject.
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
  if (answer.kind === 'not-found' && answer.hash === hash) return ok({ hash, block: undefined })
  if (answer.kind !== 'block') return wireFault('answer-unasked', { kind: answer.kind, hash })
  // The id is held against the question before the whole block is decoded.
  const header = decodeHeader(answer.bytes.subarray(0, HEADER_BYTES))
  if (!header.ok) return malformedField('block', { reason: header.error.code })
  if (header.value.hash !== hash) return wireFault('answer-unasked', { hash: header.value.hash, asked: hash })
  const block = decodeBlock(answer.bytes)
  if (!block.ok) return malformedField('block', { hash, reason: block.error.code })
  return ok({ hash, block: block.value })
}

export function createSyncClient(
  { transport, clock, network }: SyncClientDependencies,
  peer: PeerId,
): SyncClient {
  const protocol = syncProtocol(network)
  let kept: { readonly stream: FrameStream; readonly forget: () => void } | undefined
  let busy = false
  let closed = false

  const receive = (stream: FrameStream, signal?: AbortSignal): Promise<Uint8Array> =>
    withDeadline(clock, FRAME_TIMEOUT_MS, 'answer', signal, (inner) =>
      receiveFrame(stream, { signal: inner }),
    )

  const open = (signal?: AbortSignal): Promise<FrameStream> =>
    withDeadline(clock, REQUEST_TIMEOUT_MS, 'stream', signal, (inner) =>
      transport.open(peer, protocol, CLIENT_LIMITS, { signal: inner }),
    )

  /** Sends a request; the first frame of the answer. */
  async function exchange(
    stream: FrameStream,
    request: SyncRequest,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    try {
      await withDeadline(clock, REQUEST_TIMEOUT_MS, 'reader', signal, (inner) =>
        stream.send(encodeRequest(request), { signal: inner }),
      )
      return await receive(stream, signal)
    } catch (error) {
      abortWith(stream, error)
      throw error
    }
  }

  async function ask(
    request: SyncRequest,
    signal?: AbortSignal,
  ): Promise<{ stream: FrameStream; frame: Uint8Array }> {
    const stream = takeKept()
    if (stream !== undefined) {
      try {
        return { stream, frame: await exchange(stream, request, signal) }
      } catch (error) {
        // The peer may have ended the stream while it lay idle. Requests change nothing, so asking twice is safe.
        if (isDeadline(error) || signal?.aborted) throw error
      }
    }
    const fresh = await open(signal)
    return { stream: fresh, frame: await exchange(fresh, request, signal) }
  }

  function keep(stream: FrameStream): void {
    const forget = clock.after(KEEP_STREAM_MS, () => {
      kept = undefined
      closeQuietly(stream)
    })
    kept = { stream, forget }
  }

  function takeKept(): FrameStream | undefined {
    const taken = kept
    kept = undefined
    taken?.forget()
    return taken?.stream
  }

  function begin(): void {
    invariant(!busy, 'one request at a time for each sync client')
    busy = true
  }

  /** Keeps the stream for the next request where nothing of this one is left in it. */
  function end(stream: FrameStream | undefined, clean: boolean): void {
    busy = false
    if (stream === undefined) return
    if (!clean)
      stream.abort(new CairnError('answer-abandoned', 'the rest of the answer is not wanted', { peer }))
    else if (closed) closeQuietly(stream)
    else keep(stream)
  }

  return {
    async headers(locator, { signal } = {}) {
      begin()
      let stream: FrameStream | undefined
      let clean = false
      try {
        const request: GetHeaders = { kind: 'get-headers', locator, stop: undefined }
        const asked = await ask(request, signal)
        stream = asked.stream
        const response = decodeResponse(asked.frame)
        if (!response.ok) return response
        if (response.value.kind !== 'headers')
          return wireFault('answer-unasked', { kind: response.value.kind })
        const linked = checkLinks(response.value.headers, locator)
        clean = linked.ok
        return linked
      } finally {
        end(stream, clean)
      }
    },

    async *blocks(hashes, { signal } = {}) {
      begin()
      let stream: FrameStream | undefined
      let left = hashes.length
      try {
        const asked = await ask({ kind: 'get-blocks', hashes }, signal)
        stream = asked.stream
        for (const [index, hash] of hashes.entries()) {
          const frame = index === 0 ? asked.frame : await receive(stream, signal)
          const answer = readBlockAnswer(frame, hash)
          if (answer.ok) left -= 1
          yield answer
          if (!answer.ok) return
        }
      } finally {
        end(stream, left === 0)
      }
    },

    close() {
      closed = true
      const stream = takeKept()
      if (stream !== undefined) closeQuietly(stream)
    },
  }
}
