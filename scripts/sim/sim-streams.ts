import { CairnError } from '../../src/base/errors.ts'
import type {
  Cancellable,
  FrameStream,
  PeerId,
  ProtocolLimits,
  StreamHandler,
} from '../../src/ports/transport.ts'
import type { LinkEnd, LinkHost } from './sim-links.ts'
import { type Carrier, createStreamPair, type StreamEnd } from './sim-stream.ts'
import { TRACE, type Trace } from './trace.ts'
import type { Wire } from './wire.ts'

interface Served {
  readonly limits: ProtocolLimits
  readonly run: StreamHandler
}

/** Told of every frame that arrives. */
export type FrameMeter = (host: LinkHost, protocol: string, bytes: number) => void

/** Protocols that a node serves, and streams that it opens. */
export interface SimStreams {
  handle(protocol: string, limits: ProtocolLimits, run: StreamHandler): Promise<() => Promise<void>>
  open(peer: PeerId, protocol: string, limits: ProtocolLimits, options?: Cancellable): Promise<FrameStream>
  /** A peer opens a stream to us; throws where it may not. */
  accept(end: LinkEnd, protocol: string): Served
  /** Runs the handler on our end of it. */
  serve(served: Served, protocol: string, end: StreamEnd): void
  /** streams that peers have open to us */
  inbound(): number
  /** bytes that we have sent on streams and that peers have not taken */
  waitingBytes(): number
}

export interface SimStreamDependencies {
  readonly host: LinkHost
  readonly wire: Wire
  readonly trace: Trace
  readonly meter: FrameMeter
  /** the streams of another node */
  readonly streamsOf: (host: LinkHost) => SimStreams
}

export function createSimStreams(dependencies: SimStreamDependencies): SimStreams {
  const { host, wire, trace, meter, streamsOf } = dependencies
  const handlers = new Map<string, Served>()
  const inbound = new Map<StreamEnd, { readonly peer: PeerId; readonly protocol: string }>()

  /** From one end of a connection to the other. */
  function carrier(from: LinkEnd, protocol: string): Carrier {
    return {
      carry(bytes, arrived) {
        if (!from.open) return
        from.lastArrival = wire.sendInOrder(
          from.host.socket,
          from.other.socket,
          bytes,
          from.lastArrival,
          () => {
            if (!from.twin.open || !from.other.alive) return false
            trace.note(TRACE.frame, from.other.index, bytes)
            meter(from.other, protocol, bytes)
            return arrived()
          },
        )
      },
    }
  }

  async function open(
    peer: PeerId,
    protocol: string,
    limits: ProtocolLimits,
    { signal }: Cancellable = {},
  ): Promise<FrameStream> {
    signal?.throwIfAborted()
    const end = host.ends.get(peer)
    if (end === undefined) throw new CairnError('connection-lost', 'the connection has gone', { peer })
    const answer = Promise.withResolvers<FrameStream>()
    let near: StreamEnd | undefined
    const fail = (error: Error): void => answer.reject(error)
    // Until the answer is there, the connection may go.
    const waiting: StreamEnd = {
      fail,
      waitingBytes: () => 0,
      stream: undefined as unknown as FrameStream,
    }
    end.streams.add(waiting)
    const abort = (): void => fail(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const there = carrier(end, protocol)
    const back = carrier(end.twin, protocol)
    there.carry(protocol.length, () => {
      const other = streamsOf(end.other)
      try {
        const served = other.accept(end.twin, protocol)
        const pair = createStreamPair(
          {
            peer,
            maxFrame: limits.maxFrame,
            carrier: there,
            closed: () => end.streams.delete(pair[0]),
          },
          {
            peer: host.self,
            maxFrame: served.limits.maxFrame,
            carrier: back,
            closed: () => end.twin.streams.delete(pair[1]),
          },
        )
        near = pair[0]
        end.streams.add(pair[0])
        end.twin.streams.add(pair[1])
        other.serve(served, protocol, pair[1])
        back.carry(protocol.length, () => answer.resolve(pair[0].stream))
      } catch (error) {
        back.carry(protocol.length, () => fail(error as Error))
      }
    })
    try {
      return await answer.promise
    } catch (error) {
      near?.stream.abort(error as Error)
      throw error
    } finally {
      end.streams.delete(waiting)
      signal?.removeEventListener('abort', abort)
    }
  }

  return {
    open,
    async handle(protocol, limits, run) {
      handlers.set(protocol, { limits, run })
      return async () => void handlers.delete(protocol)
    },
    accept({ connection: { peer } }, protocol) {
      const served = handlers.get(protocol)
      if (served === undefined)
        throw new CairnError('protocol-unsupported', 'the peer does not speak the protocol', { protocol })
      const has = [...inbound.values()].filter((each) => each.peer === peer && each.protocol === protocol)
      if (has.length >= served.limits.maxInboundStreams)
        throw new CairnError('stream-reset', 'too many streams', { protocol })
      return served
    },
    serve({ run }, protocol, end) {
      inbound.set(end, { peer: end.stream.peer, protocol })
      run(end.stream)
        .catch((error: unknown) => end.stream.abort(error as Error))
        .finally(() => inbound.delete(end))
    },
    inbound: () => inbound.size,
    waitingBytes() {
      let bytes = 0
      for (const end of host.ends.values()) for (const stream of end.streams) bytes += stream.waitingBytes()
      return bytes
    },
  }
}
