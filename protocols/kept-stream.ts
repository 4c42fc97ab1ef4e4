import { CairnError } from '../src/base/errors.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { FrameStream, PeerId, ProtocolLimits, Transport } from '../src/ports/transport.ts'
import { isDeadline, withDeadline, withPace } from './deadline.ts'
import { abortWith, closeQuietly, receiveFrame } from './stream-end.ts'

/**
 * So much of a frame has to come in the time that it has for as much time to begin again. A block of 1.4 MB over a line
 * of 5 Mbit/s that eight such transfers share takes 18 s; whoever sends less than this does not mean to end.
 */
const MIN_FRAME_BYTES = 64 * 1024

/** How a client asks: over which protocol, and how long it waits. */
export interface AskOptions {
  readonly protocol: string
  readonly limits: ProtocolLimits
  /** to open a stream, and to get a request taken */
  readonly requestTimeoutMs: number
  /** for each frame of an answer, from the request or from the frame before; again and again while enough of it comes */
  readonly frameTimeoutMs: number
  /** an unused stream is closed after this */
  readonly keepStreamMs: number
}

/** A request that is being answered. */
export interface Answering {
  /** the first frame of the answer */
  readonly first: Uint8Array
  /** The next frame. */
  next(): Promise<Uint8Array>
  /** To be called once. `clean` says that the answer was read to its end: only then is the stream used again. */
  end(clean: boolean): void
}

/**
 * Asks one peer over a stream that is kept open for a while between requests. Requests at the same time have a stream
 * each. Timeouts (`deadline-exceeded`) and broken streams reject.
 */
export interface KeptStream {
  /** bytes that have come of all answers, those under way too */
  received(): number
  /** Sends a request; resolves with the beginning of the answer. */
  ask(request: Uint8Array, signal?: AbortSignal): Promise<Answering>
  close(): void
}

export function createKeptStream(
  options: AskOptions,
  { transport, clock }: { readonly transport: Transport; readonly clock: Clock },
  peer: PeerId,
): KeptStream {
  const { protocol, limits, requestTimeoutMs, frameTimeoutMs, keepStreamMs } = options
  let kept: { readonly stream: FrameStream; readonly forget: () => void } | undefined
  let closed = false
  /** streams on which an answer is under way, with what had come on them before it */
  const busy = new Map<FrameStream, number>()
  let receivedBefore = 0

  const open = (signal?: AbortSignal): Promise<FrameStream> =>
    withDeadline(clock, requestTimeoutMs, 'stream', signal, (inner) =>
      transport.open(peer, protocol, limits, { signal: inner }),
    )

  const receivedOn = (stream: FrameStream): number => stream.received() - (busy.get(stream) ?? 0)

  function done(stream: FrameStream): void {
    if (!busy.has(stream)) return
    receivedBefore += receivedOn(stream)
    busy.delete(stream)
  }

  const receive = (stream: FrameStream, signal?: AbortSignal): Promise<Uint8Array> =>
    withPace(
      clock,
      { ms: frameTimeoutMs, bytes: MIN_FRAME_BYTES, received: stream.received },
      'answer',
      signal,
      (inner) => receiveFrame(stream, { signal: inner }),
    )

  /** Sends a request; the first frame of the answer. */
  async function exchange(
    stream: FrameStream,
    request: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    busy.set(stream, stream.received())
    try {
      await withDeadline(clock, requestTimeoutMs, 'reader', signal, (inner) =>
        stream.send(request, { signal: inner }),
      )
      return await receive(stream, signal)
    } catch (error) {
      done(stream)
      abortWith(stream, error)
      throw error
    }
  }

  function keep(stream: FrameStream): void {
    if (closed || kept !== undefined) {
      closeQuietly(stream)
      return
    }
    const forget = clock.after(keepStreamMs, () => {
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

  const answering = (stream: FrameStream, first: Uint8Array, signal?: AbortSignal): Answering => ({
    first,
    next: () => receive(stream, signal),
    end(clean) {
      done(stream)
      if (clean) keep(stream)
      else stream.abort(new CairnError('answer-abandoned', 'the rest of the answer is not wanted', { peer }))
    },
  })

  return {
    received: () => [...busy.keys()].reduce((sum, stream) => sum + receivedOn(stream), receivedBefore),
    async ask(request, signal) {
      const stream = takeKept()
      if (stream !== undefined) {
        try {
          return answering(stream, await exchange(stream, request, signal), signal)
        } catch (error) {
          // The peer may have ended the stream while it lay idle. Requests change nothing, so asking twice is safe.
          if (isDeadline(error) || signal?.aborted) throw error
        }
      }
      const fresh = await open(signal)
      return answering(fresh, await exchange(fresh, request, signal), signal)
    },
    close() {
      closed = true
      const stream = takeKept()
      if (stream !== undefined) closeQuietly(stream)
    },
  }
}
