import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Transport, Upgrader } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, onTestFinished } from 'vitest'
import { webSocketsThatEnd } from '../../src/platform/node/websockets.ts'
import { eventually } from '../support/eventually.ts'
import { LOOPBACK_WS, startHost, startRawPeer } from '../support/network-host.ts'

const MAX_UNENDED = 64

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length

/** A server that takes WebSockets and never says a word after. */
async function startSilentServer(): Promise<{ readonly address: string; readonly sockets: Set<Socket> }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (request) => {
      const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(request.toString())?.[1]
      // RFC 6455, section 4.2.2
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { address: `/ip4/127.0.0.1/tcp/${port}/ws`, sockets }
}

/** The transport with an upgrader that refuses everyone. */
function createRefusingTransport(): { readonly dial: (address: string) => Promise<unknown> } {
  const log = Object.assign(() => {}, { error() {}, trace() {}, enabled: false, newScope: () => log })
  const components = { logger: { forComponent: () => log }, events: new EventTarget() }
  const transport: Transport = webSocketsThatEnd()(components as never)
  const upgrader = { upgradeOutbound: () => Promise.reject(new Error('refused')) } as unknown as Upgrader
  const { signal } = new AbortController()
  return { dial: (address) => transport.dial(multiaddr(address), { upgrader, signal }) }
}

describe('WebSocket connection that is aborted', () => {
  it.for(['by the side that dialled', 'by the side that was dialled'])('%s ends its socket', async (by) => {
    const host = await startHost({ listen: [LOOPBACK_WS], dht: 'off' })
    const peer = await startRawPeer([LOOPBACK_WS])
    const idle = openSockets()
    const dialled = await peer.dial(multiaddr(host.addresses()[0]!))
    await eventually('there are sockets', () => openSockets() > idle)

    if (by === 'by the side that dialled') dialled.abort(new Error('test'))
    else await host.disconnect(host.connections()[0]!.peer, 'test')

    await eventually('they have ended', () => openSockets() === idle)
    expect(host.connections()).toEqual([])
  })

  it('ends its socket when the peer is refused while it connects', async () => {
    const host = await startHost({ listen: [LOOPBACK_WS], dht: 'off' })
    const peer = await startRawPeer([])
    await host.ban(peer.peerId.toString() as typeof host.self, Date.now() + 60_000, 'test')
    const idle = openSockets()
    await peer.dial(multiaddr(host.addresses()[0]!)).catch(() => {})
    await eventually('its socket has ended', () => openSockets() === idle)
  })

  it('is not kept from ending by the listener when it never became one', async () => {
    const host = await startHost({ listen: [LOOPBACK_WS], dht: 'off' })
    const port = Number(/tcp\/(\d+)/.exec(host.addresses()[0]!)![1])
    const clients = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')] as const
    const ended = clients.map(
      (client) => new Promise((resolve) => client.once('close', resolve).on('error', () => {})),
    )
    await Promise.all(clients.map((client) => once(client, 'connect')))
    clients[0].write('GET / HTTP/1.1\r\n')
    const from = performance.now()
    await host.stop()
    await Promise.all(ended)
    expect(performance.now() - from).toBeLessThan(1_000)
  })

  it(`is not followed by more dials when ${MAX_UNENDED} peers keep such connections open`, async () => {
    const { address, sockets } = await startSilentServer()
    const { dial } = createRefusingTransport()
    for (let i = 0; i < MAX_UNENDED; i++) await expect(dial(address)).rejects.toThrow('refused')
    await expect(dial(address)).rejects.toMatchObject({ code: 'websockets-unended' })

    for (const socket of sockets) socket.destroy()
    await eventually('dials go out again', async () => {
      const error = await dial(address).catch((reason: Error) => reason)
      return (error as Error).message === 'refused'
    })
  })
})
