import { CairnError } from '../src/base/errors.ts'
import type { Result } from '../src/base/result.ts'
import type { Clock } from '../src/ports/clock.ts'
import type { FrameStream, PeerId, ProtocolLimits, Transport } from '../src/ports/transport.ts'
import { withDeadline } from './deadline.ts'
import { closeQuietly } from './stream-end.ts'
import { createTurns } from './turns.ts'
import type { WireFault } from './wire-fault.ts'

/** How a protocol of requests and answers is served. */
export interface ServeOptions<Request> {
  readonly protocol: string
  readonly limits: ProtocolLimits
  readonly decode: (frame: Uint8Array) => Result<Request, WireFault>
  /** requests that are being answered at once to one peer, and to all of them before each has only one */
  readonly turns: { readonly perPeer: number; readonly total: number }
  /** a stream on which no request comes for so long is reset */
  readonly idleTimeoutMs: number
  /** a stream whose peer does not take a frame within this is reset */
  readonly sendTimeoutMs: number
}

export interface ServeDependencies {
  readonly transport: Transport
  readonly clock: Clock
  /** told of a request that breaks the protocol; its stream is reset anyway */
  readonly onFault: (peer: PeerId, fault: WireFault) => void
}

/** Sends a frame of an answer; resolves when the peer keeps up. */
export type SendFrame = (frame: Uint8Array) => Promise<void>

/**
 * Serves requests, on each stream one after another, each answered in full before the next is read. Returns the way to
 * stop, which also ends the streams that are open.
 */
export async function serveRequests<Request>(
  options: ServeOptions<Request>,
  { transport, clock, onFault }: ServeDependencies,
  answer: (request: Request, send: SendFrame, signal: AbortSignal, peer: PeerId) => Promise<void>,
): Promise<() => Promise<void>> {
  const { protocol, limits, decode, idleTimeoutMs, sendTimeoutMs } = options
  const turns = createTurns(options.turns)
  const stopping = new AbortController()

  async function serve(stream: FrameStream): Promise<void> {
    const send: SendFrame = (frame) =>
      withDeadline(clock, sendTimeoutMs, 'reader', stopping.signal, (signal) =>
        stream.send(frame, { signal }),
      )
    for (;;) {
      const frame = await withDeadline(clock, idleTimeoutMs, 'request', stopping.signal, (signal) =>
        stream.receive({ signal }),
      )
      if (frame === undefined) return closeQuietly(stream)
      const request = decode(frame)
      if (!request.ok) {
        onFault(stream.peer, request.error)
        throw new CairnError('request-refused', request.error.message, { code: request.error.code })
      }
      const giveBack = await turns.take(stream.peer, stopping.signal)
      try {
        await answer(request.value, send, stopping.signal, stream.peer)
      } finally {
        giveBack()
      }
    }
  }

  const unhandle = await transport.handle(protocol, limits, serve)
  return async () => {
    stopping.abort(new CairnError('stopping', 'the node is stopping'))
    await unhandle()
  }
}
