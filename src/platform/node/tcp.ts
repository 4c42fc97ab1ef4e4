import type { Socket } from 'node:net'
import type { Listener, MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { invariant } from '../../base/errors.ts'
import type { Transports } from '../../network/libp2p-node.ts'

/** What of @libp2p/tcp's connection is used here. */
interface SocketConnection {
  readonly socket: Pick<Socket, 'cork' | 'uncork'>
  sendData(data: unknown): unknown
}

/**
 * @libp2p/tcp whose connections gather what is written in one turn. By itself every piece of every frame is a system
 * call of its own, two for each small message: a fifth of the main thread of a node that hands transactions on.
 */
export function tcpThatGathers(): Transports[number] {
  return (components) => {
    const transport = tcp()(components)
    const dial = transport.dial.bind(transport)
    const createListener = transport.createListener.bind(transport)
    return Object.assign(transport, {
      dial: (...[address, options]: Parameters<Transport['dial']>) =>
        dial(address, { ...options, upgrader: gatheringUpgrader(options.upgrader) }),
      createListener: (...[options]: Parameters<Transport['createListener']>): Listener =>
        createListener({ ...options, upgrader: gatheringUpgrader(options.upgrader) }),
    })
  }
}

const gatheringUpgrader = (upgrader: Upgrader): Upgrader => ({
  upgradeOutbound(connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeOutbound']>[1]) {
    gatherWrites(connection)
    return upgrader.upgradeOutbound(connection, options)
  },
  upgradeInbound(connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeInbound']>[1]) {
    gatherWrites(connection)
    return upgrader.upgradeInbound(connection, options)
  },
  createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
  getStreamMuxers: () => upgrader.getStreamMuxers(),
  getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
})

/** Holds back what is sent until everything else that is ready to run has run. */
export function gatherWrites(connection: object): void {
  invariant('socket' in connection && 'sendData' in connection, 'a TCP connection holds its socket')
  const open = connection as SocketConnection
  const { socket } = open
  const send = open.sendData.bind(open)
  let isGathering = false
  open.sendData = (data) => {
    if (!isGathering) {
      isGathering = true
      socket.cork()
      // Ticks run when all microtasks have.
      process.nextTick(() => {
        isGathering = false
        socket.uncork()
      })
    }
    return send(data)
  }
}
