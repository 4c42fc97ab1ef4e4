import { once } from 'node:events'
import { createServer } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import type { TransportEvents } from '../../src/ports/transport.ts'
import { eventually } from '../support/eventually.ts'
import { LOOPBACK_TCP, LOOPBACK_WS, makeHost, startHost, startRawPeer } from '../support/network-host.ts'

const PROTOCOL = '/cairn/0badc0de/test/1.0.0'
const LIMITS = { maxFrame: 1_000, maxInboundStreams: 2 }

describe('host', () => {
  it('says where it can be dialled, over TCP and WebSockets, with its peer id', async () => {
    const host = await startHost({ listen: [LOOPBACK_TCP, LOOPBACK_WS] })
    const addresses = host.addresses()
    expect(addresses).toHaveLength(2)
    for (const address of addresses) {
      expect(address).toMatch(new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+(?:/ws)?/p2p/${host.self}$`))
      const other = await startHost()
      expect(await other.dial(address)).toBe(host.self)
    }
  })

  it('serves what was asked for before it started', async () => {
    const host = await makeHost()
    await host.handle(PROTOCOL, LIMITS, async (stream) => stream.send(Uint8Array.of(1)))
    await host.start()
    const other = await startHost()
    await other.dial(host.addresses()[0]!)
    const stream = await other.open(host.self, PROTOCOL, LIMITS)
    expect(await stream.receive()).toEqual(Uint8Array.of(1))
  })

  it('rejects with protocol-unsupported where the peer does not speak the protocol', async () => {
    const host = await startHost()
    const other = await startHost()
    await other.dial(host.addresses()[0]!)
    await expect(other.open(host.self, PROTOCOL, LIMITS)).rejects.toMatchObject({
      code: 'protocol-unsupported',
    })
  })

  it('does not serve a protocol any more after it was given back', async () => {
    const host = await startHost()
    const giveBack = await host.handle(PROTOCOL, LIMITS, async () => {})
    await giveBack()
    const other = await startHost()
    await other.dial(host.addresses()[0]!)
    await expect(other.open(host.self, PROTOCOL, LIMITS)).rejects.toMatchObject({
      code: 'protocol-unsupported',
    })
  })

  it('rejects with peer-not-connected where there is no connection', async () => {
    const host = await startHost()
    const other = await startHost()
    await expect(other.open(host.self, PROTOCOL, LIMITS)).rejects.toMatchObject({
      code: 'peer-not-connected',
    })
  })

  it('opens nothing when the signal has aborted', async () => {
    const host = await startHost()
    const other = await startHost()
    await other.dial(host.addresses()[0]!)
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(other.open(host.self, PROTOCOL, LIMITS, { signal })).rejects.toThrow('too late')
  })

  it('resets the stream of a handler that throws', async () => {
    const host = await startHost()
    await host.handle(PROTOCOL, LIMITS, async () => {
      throw new Error('no')
    })
    const other = await startHost()
    await other.dial(host.addresses()[0]!)
    const stream = await other.open(host.self, PROTOCOL, LIMITS)
    await expect(stream.receive()).rejects.toMatchObject({ code: 'stream-reset' })
  })

  it('resets the streams of one peer above the limit of the protocol, and those only', async () => {
    const host = await startHost()
    let serving = 0
    await host.handle(PROTOCOL, LIMITS, async (stream) => {
      serving += 1
      await stream.receive()
    })
    const other = await startHost()
    await other.dial(host.addresses()[0]!)
    const streams = []
    for (let i = 0; i < 2; i++) streams.push(await other.open(host.self, PROTOCOL, LIMITS))
    await eventually('both are served', () => serving === 2)

    const third = await other.open(host.self, PROTOCOL, LIMITS)
    await expect(third.receive()).rejects.toMatchObject({ code: 'stream-reset' })
    await Promise.all(streams.map((stream) => stream.send(Uint8Array.of(1))))
    await Promise.all(streams.map((stream) => stream.close()))
    expect(await Promise.all(streams.map((stream) => stream.receive()))).toEqual([undefined, undefined])
    expect(serving).toBe(2)
  })

  it('tells once that a peer has come and once that it has gone', async () => {
    const host = await startHost({ dht: 'off' })
    const other = await startHost({ dht: 'off' })
    const log: (keyof TransportEvents)[] = []
    host.events.on('peerConnected', ({ peer, inbound, address }) => {
      expect(peer).toBe(other.self)
      expect(inbound).toBe(true)
      expect(address).toContain('/ip4/127.0.0.1/tcp/')
      log.push('peerConnected')
    })
    host.events.on('peerDisconnected', () => log.push('peerDisconnected'))

    await other.dial(host.addresses()[0]!)
    await eventually('it is connected', () => host.connections().length === 1)
    expect(other.connections()).toEqual([expect.objectContaining({ peer: host.self, inbound: false })])
    await other.disconnect(host.self, 'test')
    await eventually('it has gone', () => host.connections().length === 0)

    expect(log).toEqual(['peerConnected', 'peerDisconnected'])
  })

  it('has one entry for a peer that it is connected to twice', async () => {
    const host = await startHost({ dht: 'off' })
    const other = await startHost({ dht: 'off' })
    await Promise.all([host.dial(other.addresses()[0]!), other.dial(host.addresses()[0]!)])
    await eventually('both know', () => host.connections().length === 1 && other.connections().length === 1)
  })

  it('keeps four connections of one peer at most, the first ones', async () => {
    const host = await startHost({ dht: 'off' })
    const raw = await startRawPeer()
    const [address] = host.addresses()
    const dial = () => raw.dial(multiaddr(address), { force: true })
    const first = await dial()
    await eventually('it is there', () => host.connections().length === 1)
    // Each by itself: libp2p makes one of dials at the same time.
    for (let i = 0; i < 8; i++) await dial().catch(() => {})
    await eventually('the others are cut', () => raw.getConnections().length === 4)
    expect(first.status).toBe('open')
    expect(host.connections()).toHaveLength(1)
  })

  it('refuses peers above its limit', async () => {
    const host = await startHost({ dht: 'off', maxPeers: 3, targetOutbound: 1 })
    const others = await Promise.all([1, 2, 3, 4].map(() => startHost({ dht: 'off' })))
    for (const other of others) await other.dial(host.addresses()[0]!).catch(() => {})
    await eventually(
      'those above it are refused',
      () => others.filter((other) => other.connections().length > 0).length === 2,
    )
    expect(host.connections()).toHaveLength(2)
  })

  it('lets a peer go that does not say what it speaks', async () => {
    const host = await startHost()
    const silent = await startRawPeer()
    await silent.unhandle('/cairn/0badc0de/id/1.0.0')
    const met: string[] = []
    host.events.on('peerConnected', ({ peer }) => met.push(peer))
    // It may be gone again before the dial has ended.
    await host.dial(silent.getMultiaddrs()[0]!.toString()).catch(() => {})
    expect(met).toEqual([silent.peerId.toString()])
    await eventually('it is let go', () => host.connections().length === 0)
  })

  it('names the address that it cannot listen on', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const taken = `/ip4/127.0.0.1/tcp/${port}`
    for (const address of [taken, `${taken}/ws`]) {
      const host = await makeHost({ listen: [address] })
      await expect(host.start()).rejects.toMatchObject({
        code: 'listen-failed',
        message: expect.stringContaining(address),
      })
      await host.stop()
    }
    server.close()
  })

  it.for(['not an address', '/ip4/1.2.3.4/tcp/1'])(
    'refuses a bootstrap address that is none: %s',
    async (address) => {
      await expect(makeHost({ bootstrap: [address] })).rejects.toMatchObject({
        code: expect.stringMatching(/^address-/),
        message: expect.stringContaining(address),
      })
    },
  )

  it('rejects a dial that nobody answers', async () => {
    const host = await startHost()
    const gone = await startHost()
    const [address] = gone.addresses()
    await gone.stop()
    await expect(host.dial(address!)).rejects.toMatchObject({ code: 'dial-failed' })
    await expect(host.dial('nonsense')).rejects.toMatchObject({ code: 'address-malformed' })
  })

  it('does not start when the signal has aborted', async () => {
    const host = await makeHost()
    await expect(host.start(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
    expect(host.addresses()).toEqual([])
  })

  it('stops more than once, also while peers send, within 2 s', async () => {
    const host = await startHost({ listen: [LOOPBACK_TCP, LOOPBACK_WS] })
    await host.handle(PROTOCOL, { maxFrame: 1e6, maxInboundStreams: 4 }, () => new Promise(() => {}))
    for (const address of host.addresses()) {
      const other = await startHost()
      await other.dial(address)
      const stream = await other.open(host.self, PROTOCOL, LIMITS)
      void (async () => {
        for (;;) await stream.send(new Uint8Array(100_000))
      })().catch(() => {})
    }
    const from = performance.now()
    await host.stop()
    await host.stop()
    expect(performance.now() - from).toBeLessThan(2_000)
    expect(host.connections()).toEqual([])
  })
})
