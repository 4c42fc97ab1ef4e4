import type { Connection, Stream } from '@libp2p/interface'
import { withDeadline } from '../../protocols/deadline.ts'
import { CairnError, errorMessage, invariant } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId, StreamHandler, Transport } from '../ports/transport.ts'
import { type ConnectionTable, peerOf } from './connection-table.ts'
import { createFramedStream } from './framed-stream.ts'
import type { Node } from './libp2p-node.ts'

/** A peer has this long to say whether it speaks a protocol. */
const OPEN_TIMEOUT_MS = 10_000

interface Served {
  readonly maxInboundStreams: number
  readonly accept: (stream: Stream, connection: Connection) => Promise<void>
}

/** Protocols of framed streams: those that we serve, and streams that we open. */
export interface StreamProtocols extends Pick<Transport, 'handle' | 'open'> {
  /** Serves what has been asked for so far, and from now on at once. */
  attach(node: Node): Promise<void>
  detach(): void
  /** Whether a stream of one of these protocols is open to the peer. */
  isBusy(peer: PeerId): boolean
}

export interface StreamProtocolsDependencies {
  readonly clock: Clock
  readonly logger: Logger
  readonly connections: ConnectionTable
}

export function createStreamProtocols(dependencies: StreamProtocolsDependencies): StreamProtocols {
  const { clock, logger, connections } = dependencies
  const served = new Map<string, Served>()
  const opened = new Set<string>()
  let node: Node | undefined

  function acceptor(protocol: string, maxFrame: number, handler: StreamHandler): Served['accept'] {
    return async (stream, connection) => {
      const peer = peerOf(connection)
      const framed = createFramedStream(stream, { peer, maxFrame, clock })
      try {
        await handler(framed)
        await framed.close()
      } catch (error) {
        logger.debug('stream handler failed', { protocol, peer, error: errorMessage(error) })
        framed.abort(error instanceof Error ? error : new Error(String(error)))
      }
    }
  }

  const serve = (to: Node, protocol: string, { accept, maxInboundStreams }: Served): Promise<void> =>
    to.handle(protocol, accept, { maxInboundStreams })

  return {
    async attach(to) {
      await Promise.all([...served].map(([protocol, entry]) => serve(to, protocol, entry)))
      node = to
    },
    detach() {
      node = undefined
    },
    isBusy: (peer) =>
      connections
        .of(peer)
        .some(({ streams }) => streams.some(({ protocol }) => served.has(protocol) || opened.has(protocol))),
    async handle(protocol, { maxFrame, maxInboundStreams }, handler) {
      invariant(!served.has(protocol), `one handler a protocol: ${protocol}`)
      const entry: Served = { maxInboundStreams, accept: acceptor(protocol, maxFrame, handler) }
      served.set(protocol, entry)
      if (node !== undefined) await serve(node, protocol, entry)
      return async () => {
        if (served.get(protocol) !== entry) return
        served.delete(protocol)
        await node?.unhandle(protocol)
      }
    },
    async open(peer, protocol, { maxFrame }, { signal } = {}) {
      const [connection] = connections.of(peer)
      if (connection === undefined)
        throw new CairnError('peer-not-connected', 'there is no connection to the peer', { peer })
      opened.add(protocol)
      try {
        const stream = await withDeadline(clock, OPEN_TIMEOUT_MS, 'stream', signal, (inTime) =>
          connection.newStream([protocol], { signal: inTime }),
        )
        return createFramedStream(stream, { peer, maxFrame, clock })
      } catch (error) {
        if (signal?.aborted || error instanceof CairnError) throw error
        if ((error as Error).name === 'UnsupportedProtocolError')
          throw new CairnError('protocol-unsupported', 'the peer does not speak the protocol', {
            peer,
            protocol,
          })
        throw new CairnError('stream-refused', errorMessage(error), { peer, protocol }, error)
      }
    },
  }
}
