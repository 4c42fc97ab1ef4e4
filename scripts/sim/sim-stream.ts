import { CairnError } from '../../src/base/errors.ts'
import { type Bell, createBell } from '../../src/network/bell.ts'
import type { Cancellable, FrameStream, PeerId } from '../../src/ports/transport.ts'

/** Bytes of one direction that may be under way or unread before the sender has to wait: yamux's first window. */
const WINDOW_BYTES = 256 * 1024

/** How one direction of a stream gets its frames across. */
export interface Carrier {
  /** Calls `arrived` once so many bytes are at the other end, in the order of the calls; never if the wire is cut. */
  carry(bytes: number, arrived: () => unknown): void
}

interface Pipe {
  readonly frames: Uint8Array[]
  /** under way or unread, of what the sender has sent */
  outstanding: number
  ended: boolean
  senderFault: Error | undefined
  receiverFault: Error | undefined
  /** bytes that have come to its end */
  received: number
  readonly sender: Bell
  readonly receiver: Bell
}

const createPipe = (): Pipe => ({
  frames: [],
  outstanding: 0,
  received: 0,
  ended: false,
  senderFault: undefined,
  receiverFault: undefined,
  sender: createBell(),
  receiver: createBell(),
})

const NEVER = new AbortController().signal

/** One end of a stream, as the wire sees it. */
export interface StreamEnd {
  readonly stream: FrameStream
  /** The connection has gone, or the other end has reset the stream: what it knew of is over. */
  fail(reason: Error): void
  /** bytes that were sent and not taken yet */
  waitingBytes(): number
}

interface End {
  readonly peer: PeerId
  readonly maxFrame: number
  /** to the other end */
  readonly carrier: Carrier
  /** Told when this end is over. */
  readonly closed: () => void
}

/** Both ends of a stream over two carriers. */
export function createStreamPair(near: End, far: End): [StreamEnd, StreamEnd] {
  const there = createPipe()
  const back = createPipe()
  const ends: [StreamEnd, StreamEnd] = [
    createEnd(near, there, back, () => ends[1]),
    createEnd(far, back, there, () => ends[0]),
  ]
  return ends
}

function createEnd(
  { peer, maxFrame, carrier, closed }: End,
  out: Pipe,
  into: Pipe,
  other: () => StreamEnd,
): StreamEnd {
  let closedOurs = false

  function fail(reason: Error): void {
    if (out.senderFault !== undefined) return
    out.senderFault = reason
    into.receiverFault ??= reason
    into.frames.length = 0
    out.sender.ring()
    into.receiver.ring()
    closed()
  }

  function abort(reason: Error): void {
    if (out.senderFault !== undefined) return
    fail(reason)
    carrier.carry(0, () => other().fail(new CairnError('stream-reset', 'the stream was reset', { peer })))
  }

  async function send(frame: Uint8Array, { signal = NEVER }: Cancellable = {}): Promise<void> {
    signal.throwIfAborted()
    if (out.senderFault !== undefined) throw out.senderFault
    if (closedOurs) throw new CairnError('stream-closed', 'our side of the stream is closed', {})
    out.outstanding += frame.length
    carrier.carry(frame.length, () => {
      if (out.receiverFault !== undefined) return false
      out.frames.push(frame)
      out.received += frame.length
      out.receiver.ring()
      return true
    })
    while (out.outstanding > WINDOW_BYTES) {
      await out.sender.wait(signal)
      if (out.senderFault !== undefined) throw out.senderFault
    }
  }

  async function receive({ signal = NEVER }: Cancellable = {}): Promise<Uint8Array | undefined> {
    for (;;) {
      signal.throwIfAborted()
      if (into.receiverFault !== undefined) throw into.receiverFault
      const frame = into.frames.shift()
      if (frame !== undefined) {
        if (frame.length > maxFrame) {
          const error = new CairnError('frame-too-long', 'a frame above the limit', { peer })
          abort(error)
          throw error
        }
        // The window update is as slow as everything else.
        if (into.outstanding > WINDOW_BYTES / 2)
          carrier.carry(0, () => {
            into.outstanding -= frame.length
            into.sender.ring()
          })
        else into.outstanding -= frame.length
        return frame
      }
      if (into.ended) {
        if (closedOurs) closed()
        return undefined
      }
      await into.receiver.wait(signal)
    }
  }

  return {
    fail,
    waitingBytes: () => out.outstanding,
    stream: {
      peer,
      send,
      receive,
      received: () => into.received,
      async close() {
        if (closedOurs || out.senderFault !== undefined) return
        closedOurs = true
        carrier.carry(0, () => {
          out.ended = true
          out.receiver.ring()
        })
        if (into.ended) closed()
      },
      abort,
    },
  }
}
