import type { Server, Socket } from 'node:net'
import type { Listener, MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import { webSockets } from '@libp2p/websockets'
import { CairnError, invariant } from '../../base/errors.ts'
import type { Transports } from '../../network/libp2p-node.ts'

/** WebSockets that we have cut and whose peers keep them open: so many, and we dial no more of them. */
const MAX_UNENDED = 64
/** A connection to our port has this long to become a WebSocket. */
const HANDSHAKE_TIMEOUT_MS = 10_000

/** The part of a WebSocket that ends it; where the peer has dialled us (package `ws`) there is more to it. */
interface EndableSocket extends EventTarget {
  close(): void
  terminate?(): void
  readonly _socket?: Socket
}

/**
 * @libp2p/websockets 10.1.21 with three leaks stopped (test/network/websocket-abort.test.ts):
 * - aborting a connection asks for close code 1006, which the standard forbids: the socket throws and stays open. It is
 *   closed here instead. The standard's client cannot cut a connection whose peer does not answer the close, so such
 *   sockets are counted, and dialling stops before they are many;
 * - a connection that we refuse right after dialling is not ended at all;
 * - a TCP connection to our port that never becomes a WebSocket is kept for ever, and keeps the listener from closing.
 */
export function webSocketsThatEnd(): Transports[number] {
  return (components) => {
    const transport = webSockets()(components)
    const unended = new Set<EndableSocket>()
    const dial = transport.dial.bind(transport)
    const createListener = transport.createListener.bind(transport)
    return Object.assign(transport, {
      async dial(...[address, options]: Parameters<Transport['dial']>) {
        if (unended.size >= MAX_UNENDED)
          throw new CairnError('websockets-unended', 'too many WebSockets wait for their peers to end them')
        return dial(address, { ...options, upgrader: endingUpgrader(options.upgrader, unended) })
      },
      createListener(...[options]: Parameters<Transport['createListener']>) {
        const handshakes = new Map<Socket, NodeJS.Timeout>()
        const upgrader = endingUpgrader(options.upgrader, unended, (socket) =>
          clearTimeout(handshakes.get(socket)),
        )
        return withHandshakeTimeout(createListener({ ...options, upgrader }), handshakes)
      },
    })
  }
}

function endingUpgrader(
  upgrader: Upgrader,
  unended: Set<EndableSocket>,
  onHandshake?: (socket: Socket) => void,
): Upgrader {
  return {
    async upgradeOutbound(
      connection: MultiaddrConnection,
      options: Parameters<Upgrader['upgradeOutbound']>[1],
    ) {
      endWhenAborted(connection, unended)
      try {
        return await upgrader.upgradeOutbound(connection, options)
      } catch (error) {
        connection.abort(error as Error)
        throw error
      }
    },
    upgradeInbound(connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeInbound']>[1]) {
      const { _socket: socket } = endWhenAborted(connection, unended)
      if (socket !== undefined) onHandshake?.(socket)
      return upgrader.upgradeInbound(connection, options)
    },
    createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
    getStreamMuxers: () => upgrader.getStreamMuxers(),
    getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
  }
}

function endWhenAborted(connection: MultiaddrConnection, unended: Set<EndableSocket>): EndableSocket {
  invariant('websocket' in connection, 'a WebSocket connection holds its socket')
  const socket = connection.websocket as EndableSocket
  connection.addEventListener('close', () => {
    if (connection.status !== 'aborted') return
    if (socket.terminate !== undefined) return socket.terminate()
    unended.add(socket)
    socket.addEventListener('close', () => unended.delete(socket), { once: true })
    socket.close()
  })
  return socket
}

/** @param handshakes - connections with what ends them; the timeout is cleared when one has become a WebSocket */
function withHandshakeTimeout(listener: Listener, handshakes: Map<Socket, NodeJS.Timeout>): Listener {
  invariant('server' in listener, 'a WebSocket listener holds its server')
  const server = listener.server as Server
  server.on('connection', (socket) => {
    const timeout = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS)
    handshakes.set(socket, timeout)
    socket.once('close', () => {
      clearTimeout(timeout)
      handshakes.delete(socket)
    })
  })
  const close = listener.close.bind(listener)
  return Object.assign(listener, {
    close() {
      for (const socket of handshakes.keys()) socket.destroy()
      return close()
    },
  })
}
