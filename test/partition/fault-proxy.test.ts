import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FaultProxy, type LinkFaults, startFaultProxy } from '../support/fault-proxy.ts'

const SEED = 11

/** A server that sends back what it gets. */
async function startEcho(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

async function proxied(faults: LinkFaults, seed = SEED): Promise<FaultProxy> {
  const echo = await startEcho()
  return startFaultProxy({ seed, target: () => echo, ...faults })
}

interface Exchange {
  readonly socket: Socket
  received: number
  ended: boolean
}

function send(proxy: FaultProxy, bytes: number): Exchange {
  const socket = connect(proxy.port, '127.0.0.1')
  const exchange = { socket, received: 0, ended: false }
  socket
    .on('error', () => {})
    .once('close', () => {
      exchange.ended = true
    })
  socket.on('data', (data) => {
    exchange.received += data.length
  })
  socket.write(new Uint8Array(bytes))
  onTestFinished(() => void socket.destroy())
  return exchange
}

/** After how many bytes each of some connections is reset. */
async function resets(seed: number): Promise<number[]> {
  const proxy = await proxied({ resetAfterBytes: 200_000 }, seed)
  const after: number[] = []
  for (let i = 0; i < 4; i++) {
    const before = proxy.counts.bytes
    const { ended } = await ending(send(proxy, 1_000_000))
    expect(ended).toBe(true)
    after.push(proxy.counts.bytes - before)
  }
  expect(proxy.counts.resets).toBe(4)
  return after
}

async function ending(exchange: Exchange): Promise<Exchange> {
  await eventually('the connection ends', () => exchange.ended)
  return exchange
}

describe('the fault proxy', () => {
  it('hands everything on, in both directions, where it is told no faults', async () => {
    const proxy = await proxied({})
    const exchange = send(proxy, 3_000_000)
    await eventually('it has come back', () => exchange.received === 3_000_000)
    expect(proxy.counts.bytes).toBe(6_000_000)
  })

  it('delays, by twice its latency for a way and back', async () => {
    const proxy = await proxied({ latencyMs: 60, jitterMs: 20 })
    const from = performance.now()
    const exchange = send(proxy, 10)
    await eventually('it has come back', () => exchange.received === 10)
    expect(performance.now() - from).toBeGreaterThanOrEqual(119)
  })

  it('lets no more through than a slow link, and holds back the sender', async () => {
    const proxy = await proxied({ bytesPerSecond: 20_000 })
    const from = performance.now()
    const exchange = send(proxy, 500_000)
    await eventually('some has come back', () => exchange.received >= 8_000)
    expect((1_000 * exchange.received) / (performance.now() - from)).toBeLessThan(30_000)
    expect(proxy.counts.bytes).toBeLessThan(200_000)
  })

  it('resets connections after bytes that the seed decides, and only it', async () => {
    const [first, again, other] = [await resets(SEED), await resets(SEED), await resets(SEED + 1)]
    for (const bytes of first) expect(bytes).toBeGreaterThanOrEqual(99_000)
    // A connection that is reset may have pieces of another size under way.
    for (const [i, bytes] of first.entries()) expect(Math.abs(bytes - again[i]!)).toBeLessThan(70_000)
    expect(other).not.toEqual(first)
  })

  it('stands still for as long as it is told, and goes on', async () => {
    const proxy = await proxied({ stallAfterBytes: 100_000, stallMs: 300 })
    const from = performance.now()
    const exchange = send(proxy, 200_000)
    await eventually('it has come back', () => exchange.received === 200_000)
    expect(performance.now() - from).toBeGreaterThanOrEqual(300)
  })

  it('is cut and heals: nobody passes in between, whoever comes later does', async () => {
    const proxy = await proxied({})
    const before = send(proxy, 100)
    await eventually('it has come back', () => before.received === 100)
    proxy.cut()
    const during = send(proxy, 100)
    await ending(before)
    await ending(during)
    expect(during.received).toBe(0)
    proxy.heal()
    const after = send(proxy, 100)
    await eventually('it has come back', () => after.received === 100)
  })
})
