import { CairnError } from '../../src/base/errors.ts'
import { type Bell, createBell } from '../../src/network/bell.ts'
import type { Cancellable, FrameStream, PeerId } from '../../src/ports/transport.ts'

/** Bytes that may be under way in one direction before a sender has to wait. */
export const PIPE_BYTES = 64 * 1024

/** One direction of a stream. */
interface Pipe {
  readonly frames: Uint8Array[]
  bytes: number
  ended: boolean
  /** bytes that have come, of frames that are not whole yet too */
  received: number
  /** why its two ends are dead */
  failure: { readonly sender: Error; readonly receiver: Error } | undefined
  readonly changed: Bell
}

const createPipe = (): Pipe => ({
  frames: [],
  bytes: 0,
  ended: false,
  received: 0,
  failure: undefined,
  changed: createBell(),
})

function throwIfDead({ failure }: Pipe, end: 'sender' | 'receiver'): void {
  if (failure !== undefined) throw failure[end]
}

const NEVER = new AbortController().signal

async function send(pipe: Pipe, frame: Uint8Array, { signal = NEVER }: Cancellable = {}): Promise<void> {
  signal.throwIfAborted()
  throwIfDead(pipe, 'sender')
  if (pipe.ended) throw new CairnError('stream-closed', 'our side of the stream is closed', {})
  pipe.frames.push(frame)
  pipe.bytes += frame.length
  pipe.received += frame.length
  pipe.changed.ring()
  // As on a wire: what does not fit into the window has not left until the reader takes it.
  while (pipe.bytes > PIPE_BYTES) {
    await pipe.changed.wait(signal)
    throwIfDead(pipe, 'sender')
  }
}

async function receive(
  pipe: Pipe,
  maxFrame: number,
  { signal = NEVER }: Cancellable = {},
): Promise<Uint8Array | undefined> {
  for (;;) {
    signal.throwIfAborted()
    throwIfDead(pipe, 'receiver')
    const frame = pipe.frames.shift()
    if (frame !== undefined) {
      pipe.bytes -= frame.length
      pipe.changed.ring()
      if (frame.length > maxFrame) throw new CairnError('frame-too-long', 'a frame above the limit', {})
      return frame
    }
    if (pipe.ended) return undefined
    await pipe.changed.wait(signal)
  }
}

function fail(pipe: Pipe, sender: Error, receiver: Error): void {
  pipe.failure ??= { sender, receiver }
  pipe.changed.ring()
}

interface End {
  /** who is at the other end */
  readonly peer: PeerId
  /** the longest frame that this end takes */
  readonly maxFrame: number
}

/** A stream on which frames can be seen to come before they are whole. */
export interface TricklingStream extends FrameStream {
  /** So many bytes of a frame are there, which is sent whole later. */
  trickle(bytes: number): void
}

/** Both ends of a stream. */
export function createFramePair(near: End, far: End): [TricklingStream, TricklingStream] {
  const there = createPipe()
  const back = createPipe()
  const end = ({ peer, maxFrame }: End, out: Pipe, into: Pipe): TricklingStream => ({
    peer,
    send: (frame, options) => send(out, frame, options),
    receive: (options) => receive(into, maxFrame, options),
    received: () => into.received,
    trickle(bytes) {
      out.received += bytes
    },
    async close() {
      out.ended = true
      out.changed.ring()
    },
    abort(reason) {
      const reset = new CairnError('stream-reset', 'the stream was reset', { peer })
      fail(into, reset, reason)
      fail(out, reason, reset)
    },
  })
  return [end(near, there, back), end(far, back, there)]
}
