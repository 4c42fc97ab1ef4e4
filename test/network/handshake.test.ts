import { describe, expect, it } from 'vitest'
import { HELLO_LIMITS, helloProtocol } from '../../protocols/hello/protocol.ts'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { toHashId } from '../../src/primitives/hash.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, until } from '../support/network-node.ts'
import { createScriptedPeer } from '../support/scripted-peer.ts'
import { DEV } from '../support/test-chain.ts'

const OTHER = makeNetwork({ ...BUILT_IN_NETWORKS.dev, name: 'other' })

async function setting() {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'a', { clock, height: 2 })
  const hungUp = (peer: string) => node.transport.hungUp.get(peer as PeerId)
  return { clock, network, node, hungUp }
}

describe('peer sessions', () => {
  it('know the other side by its hello, on both ends of a connection', async () => {
    const { clock, network, node } = await setting()
    const other = await createNetworkNode(network, 'b', { clock })
    node.transport.connect(other.transport)
    await until(
      clock,
      'both are ready',
      () => node.sessions.list().length + other.sessions.list().length === 2,
    )
    const seen = other.sessions.get(node.transport.self)
    expect(seen).toMatchObject({ inbound: true, hello: { userAgent: 'test/a', height: 2, services: 1n } })
    expect(seen?.tip).toEqual({ hash: node.chain.tip().hash, height: 2, work: node.chain.tip().work })
    expect(node.sessions.get(other.transport.self)).toMatchObject({ inbound: false })
  })

  it('let a peer of another network go on both ends', async () => {
    const { clock, network, node } = await setting()
    const other = await createNetworkNode(network, 'b', { clock, parameters: OTHER })
    node.transport.connect(other.transport)
    await until(clock, 'the connection is gone', () => node.transport.connections().length === 0)
    expect(other.transport.connections()).toEqual([])
    expect(node.sessions.list()).toEqual([])
    expect(other.sessions.list()).toEqual([])
  })

  it('let a peer go whose genesis differs although the network id is the same', async () => {
    const { clock, network, node, hungUp } = await setting()
    const hello = { genesis: toHashId<typeof DEV.genesis.hash>(new Uint8Array(32).fill(7)) }
    const liar = await createScriptedPeer(network, 'liar', { clock, hello })
    node.transport.connect(liar.transport)
    await until(clock, 'it is let go', () => hungUp('liar') !== undefined)
    expect(hungUp('liar')).toBe('genesis-different')
    expect(node.transport.bans.size).toBe(0)
  })

  it('let a peer go that speaks an older version', async () => {
    const { clock, network, node, hungUp } = await setting()
    const old = await createScriptedPeer(network, 'old', { clock, hello: { version: 0 } })
    node.transport.connect(old.transport)
    await until(clock, 'it is let go', () => hungUp('old') === 'version-unsupported')
  })

  it('ban a peer whose hello is malformed', async () => {
    const { clock, network, node } = await setting()
    const stranger = network.join('stranger')
    await stranger.handle(helloProtocol(DEV), HELLO_LIMITS, async (stream) => {
      await stream.receive()
      await stream.send(Uint8Array.of(0xff, 0xff))
    })
    node.transport.connect(stranger)
    await until(clock, 'it is banned', () => node.transport.bans.has(stranger.self))
    expect(node.transport.bans.get(stranger.self)?.reason).toBe('message-malformed')
  })

  it('let a peer go that does not answer within ten seconds', async () => {
    const { clock, network, node, hungUp } = await setting()
    const mute = network.join('mute')
    await mute.handle(helloProtocol(DEV), HELLO_LIMITS, async (stream) => {
      await stream.receive()
      await stream.receive()
    })
    node.transport.connect(mute)
    const waited = await until(clock, 'it is let go', () => hungUp('mute') !== undefined)
    expect(hungUp('mute')).toBe('deadline-exceeded')
    expect(waited).toBeGreaterThanOrEqual(10_000)
    expect(waited).toBeLessThan(10_500)
  })

  it('let an inbound peer go that never says hello, within ten seconds', async () => {
    const { clock, network, node, hungUp } = await setting()
    const mute = network.join('mute')
    await mute.handle(helloProtocol(DEV), HELLO_LIMITS, async (stream) => {
      await stream.receive()
      await stream.receive()
    })
    mute.connect(node.transport)
    const waited = await until(clock, 'it is let go', () => hungUp('mute') !== undefined)
    expect(waited).toBeLessThan(10_500)
  })

  it('let a peer go that does not speak the protocol', async () => {
    const { clock, network, node, hungUp } = await setting()
    node.transport.connect(network.join('other'))
    await until(clock, 'it is let go', () => hungUp('other') === 'protocol-unsupported')
  })

  it('are made even where each side thinks that the other one dialled', async () => {
    const { clock, network, node } = await setting()
    const other = await createNetworkNode(network, 'b', { clock })
    node.transport.connect(other.transport, { crossed: true })
    const waited = await until(
      clock,
      'both are ready',
      () => node.sessions.list().length + other.sessions.list().length === 2,
    )
    expect(waited).toBeGreaterThanOrEqual(3_000)
    expect(waited).toBeLessThan(4_000)
  })

  it('are made although a first stream breaks', async () => {
    const { clock, network, node } = await setting()
    const other = await createNetworkNode(network, 'b', { clock })
    const open = node.transport.open
    let tries = 0
    node.transport.open = async (...request) => {
      const stream = await open(...request)
      if (request[1] === helloProtocol(DEV) && (tries += 1) === 1) stream.abort(new Error('the wire broke'))
      return stream
    }
    node.transport.connect(other.transport)
    const waited = await until(clock, 'it is ready', () => node.sessions.list().length === 1)
    expect(waited).toBeLessThan(2_000)
    expect(tries).toBe(2)
  })

  it('end with the connection', async () => {
    const { clock, network, node } = await setting()
    const other = await createNetworkNode(network, 'b', { clock })
    const gone: PeerId[] = []
    node.sessions.events.on('peerGone', ({ peer }) => gone.push(peer))
    node.transport.connect(other.transport)
    await until(clock, 'it is ready', () => node.sessions.list().length === 1)
    await other.transport.disconnect(node.transport.self, 'test')
    await until(clock, 'it is gone', () => gone.length === 1)
    expect(node.sessions.list()).toEqual([])
  })

  it('keep the best tip that a peer has shown', async () => {
    const { clock, network, node } = await setting()
    const peer = await createScriptedPeer(network, 'peer', { clock })
    node.transport.connect(peer.transport)
    await until(clock, 'it is ready', () => node.sessions.list().length === 1)
    const [low, high] = [node.chain.entryAt(1)!, node.chain.entryAt(2)!]
    node.sessions.sawTip(peer.transport.self, high)
    node.sessions.sawTip(peer.transport.self, low)
    expect(node.sessions.get(peer.transport.self)?.tip.hash).toBe(high.hash)
  })

  it('greet the peers that are connected before the start', async () => {
    const clock = createFakeClock()
    const network = createMemoryNetwork()
    const first = await createNetworkNode(network, 'first', { clock })
    await first.stop()
    const second = await createNetworkNode(network, 'second', { clock })
    second.transport.connect(first.transport)
    await first.sessions.start()
    await until(
      clock,
      'both are ready',
      () => first.sessions.list().length + second.sessions.list().length === 2,
    )
  })
})
