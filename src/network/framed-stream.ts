import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { CairnError, errorMessage } from '../base/errors.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { Clock } from '../ports/clock.ts'
import type { FrameStream, PeerId } from '../ports/transport.ts'
import { untilAborted } from './abort.ts'
import { createBell } from './bell.ts'
import { createFrameBuffer, framePrefix } from './frame-buffer.ts'

/** A frame goes out in pieces of this many bytes: the muxer makes one long message of a long piece, which is slow. */
const WRITE_CHUNK = 64 * 1024
/** While nobody asks for a frame, reading stops when this many bytes wait. */
const READ_AHEAD = 256 * 1024
/** How long the last bytes may take to leave when our side is closed. */
const CLOSE_TIMEOUT_MS = 10_000
/** How long a stream that we have closed and nobody reads stays open for the peer's side. */
const LINGER_MS = 30_000

const NEVER = new AbortController().signal

export interface FramedStreamOptions {
  readonly peer: PeerId
  /** the longest frame that is taken from the peer, in bytes; what we send is not limited by it */
  readonly maxFrame: number
  readonly clock: Clock
}

/**
 * Whole frames over a libp2p stream, with backpressure that holds both ways: a frame of ours is in memory until the
 * peer takes it, and what a peer sends stays with the peer until somebody asks. README.md says what it is in libp2p
 * that makes this longer than it looks.
 *
 * Errors: `frame-too-long` and `frame-malformed` (the peer's fault; the stream is reset), `frame-truncated` (closed
 * inside a frame), `stream-reset`, `connection-lost`, `stream-closed`, or the reason that was given to `abort`.
 * An aborted `receive` leaves the stream as it was; a `send` aborted after its first byte resets it, since half a
 * frame cannot be taken back.
 */
export function createFramedStream(stream: Stream, options: FramedStreamOptions): FrameStream {
  const { peer, clock } = options
  const buffer = createFrameBuffer(options.maxFrame)
  const sends = createSerialQueue()
  const receives = createSerialQueue()
  /** why nothing can be read or written any more */
  let failure: Error | undefined
  /** the peer has closed its side in order */
  let peerEnded = false
  let weClosed = false
  let reading = false
  let received = 0
  const changed = createBell()
  let cancelLinger = (): void => {}

  function fail(reason: Error): void {
    failure ??= reason
    changed.ring()
  }

  function abort(reason: Error): void {
    fail(reason)
    stream.abort(reason)
  }

  function pauseIfAhead(): void {
    // Not while somebody reads: a pause inside `stream.resume()` is lost, and the reader comes back here.
    if (!reading && buffer.size >= READ_AHEAD && stream.readStatus === 'readable') stream.pause()
  }

  function resume(): void {
    try {
      stream.resume()
    } catch {
      // The peer cannot be told since the connection has gone: the stream's `close` event says so.
    }
  }

  function lingerUnlessRead(): void {
    cancelLinger()
    if (!weClosed || reading || stream.status === 'closed' || failure !== undefined) return
    cancelLinger = clock.after(LINGER_MS, () =>
      abort(new CairnError('stream-closed', 'the peer never closed its side', { peer })),
    )
  }

  stream.addEventListener('message', ({ data }) => {
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      buffer.append(chunk)
      received += chunk.length
    }
    pauseIfAhead()
    changed.ring()
  })
  stream.addEventListener('remoteCloseWrite', () => {
    peerEnded = true
    changed.ring()
  })
  stream.addEventListener('drain', changed.ring)
  stream.addEventListener('close', ({ error }) => {
    cancelLinger()
    if (error !== undefined) fail(new CairnError('stream-reset', errorMessage(error), { peer }, error))
    else if (!peerEnded) fail(new CairnError('connection-lost', 'the connection has gone', { peer }))
    changed.ring()
  })
  // Either may have happened while the protocol was negotiated.
  if (stream.status === 'open') peerEnded = stream.remoteWriteStatus === 'closed'
  else failure = new CairnError('stream-reset', `the stream was ${stream.status} at once`, { peer })

  async function drained(signal: AbortSignal): Promise<void> {
    // Not `stream.onDrain()`, whose promise resolves once for all time; and not one `drain` event, since the muxer
    // sends one with every window that the peer opens, even while bytes wait.
    while (stream.writableNeedsDrain || stream.writeBufferLength > 0) {
      if (failure !== undefined) throw failure
      await changed.wait(signal)
    }
  }

  async function write(frame: Uint8Array, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (failure !== undefined) throw failure
    if (weClosed) throw new CairnError('stream-closed', 'our side of the stream is closed', { peer })
    const bytes = new Uint8ArrayList(framePrefix(frame.length), frame)
    try {
      for (let at = 0; at < bytes.byteLength; at += WRITE_CHUNK) {
        stream.send(bytes.sublist(at, Math.min(at + WRITE_CHUNK, bytes.byteLength)))
        await drained(signal)
      }
    } catch (error) {
      abort(error instanceof Error ? error : new CairnError('stream-aborted', String(error), { peer }))
      throw failure ?? error
    }
  }

  function takeFrame(): Uint8Array | undefined {
    try {
      const frame = buffer.take()
      if (frame !== undefined || !peerEnded || stream.readBufferLength > 0 || !buffer.partial) return frame
      throw new CairnError('frame-truncated', 'the peer closed its side inside a frame', { peer })
    } catch (error) {
      abort(error as CairnError)
      throw error
    }
  }

  async function read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    reading = true
    cancelLinger()
    try {
      for (;;) {
        if (failure !== undefined) throw failure
        const frame = takeFrame()
        if (frame !== undefined) return frame
        if (stream.readStatus === 'paused') resume()
        else if (peerEnded && stream.readBufferLength === 0) return undefined
        else await changed.wait(signal)
      }
    } finally {
      reading = false
      pauseIfAhead()
      lingerUnlessRead()
    }
  }

  return {
    peer,
    send: (frame, { signal = NEVER } = {}) =>
      untilAborted(
        sends.run(() => write(frame, signal)),
        signal,
      ),
    receive: ({ signal = NEVER } = {}) => receives.run(() => read(signal)),
    received: () => received,
    async close() {
      if (weClosed || failure !== undefined) return
      const giveUp = clock.after(CLOSE_TIMEOUT_MS, () =>
        abort(new CairnError('stream-closed', 'the peer does not take the last bytes', { peer })),
      )
      try {
        await sends.run(() => {
          weClosed = true
          return stream.close()
        })
      } catch {
        // Ended in another way meanwhile: an end is what was asked for.
      } finally {
        giveUp()
        lingerUnlessRead()
      }
    },
    abort,
  }
}
