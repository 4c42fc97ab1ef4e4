import { getEventListeners } from 'node:events'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { framePrefix } from '../../src/network/frame-buffer.ts'
import { createFramedStream } from '../../src/network/framed-stream.ts'
import type { Host } from '../../src/network/host.ts'
import type { FrameStream, PeerId } from '../../src/ports/transport.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { LOOPBACK_TCP, LOOPBACK_WS, startHost, startRawPeer } from '../support/network-host.ts'

const PROTOCOL = '/cairn/0badc0de/test/1.0.0'
const MAX_FRAME = 4_000_000
const LIMITS = { maxFrame: MAX_FRAME, maxInboundStreams: 4 }
const MIB = 1024 * 1024

/** Two ends of a stream, each held by the test. */
interface Ends {
  readonly near: FrameStream
  readonly far: FrameStream
  readonly nearHost: Host
  readonly farHost: Host
  /** lets the far side's handler return */
  finish(): void
}

async function openStream(listen: string): Promise<Ends> {
  const farHost = await startHost({ listen: [listen] })
  const nearHost = await startHost({ listen: [listen] })
  const far = Promise.withResolvers<FrameStream>()
  const finished = Promise.withResolvers<void>()
  await farHost.handle(PROTOCOL, LIMITS, async (stream) => {
    far.resolve(stream)
    await finished.promise
  })
  await nearHost.dial(farHost.addresses()[0]!)
  const near = await nearHost.open(farHost.self, PROTOCOL, LIMITS)
  return { near, far: await far.promise, nearHost, farHost, finish: () => finished.resolve() }
}

/** A stream that we read in frames, and whose other end sends whatever bytes it likes. */
async function openRawStream(
  listen: string,
): Promise<{ readonly framed: FrameStream; readonly raw: Stream }> {
  const host = await startHost({ listen: [listen] })
  const framed = Promise.withResolvers<FrameStream>()
  await host.handle(PROTOCOL, LIMITS, async (stream) => {
    framed.resolve(stream)
    await new Promise(() => {})
  })
  const peer = await startRawPeer([listen])
  const raw = await peer.dialProtocol(multiaddr(host.addresses()[0]!), PROTOCOL)
  return { framed: await framed.promise, raw }
}

const frameOf = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

describe.for([
  ['TCP', LOOPBACK_TCP],
  ['WebSockets', LOOPBACK_WS],
] as const)('framed stream over %s', ([, listen]) => {
  it('carries frames of every size whole and in order, both ways at once', async () => {
    const { near, far } = await openStream(listen)
    const lengths = [0, 1, 127, 128, 65_535, 65_536, 300_000, 1, MAX_FRAME, 17]
    const sendAll = async (from: FrameStream, value: number): Promise<void> => {
      for (const length of lengths) await from.send(frameOf(length, value))
      await from.close()
    }
    const receiveAll = async (at: FrameStream): Promise<Uint8Array[]> => {
      const frames: Uint8Array[] = []
      for (let frame = await at.receive(); frame !== undefined; frame = await at.receive()) frames.push(frame)
      return frames
    }

    const [atFar, atNear] = await Promise.all([
      receiveAll(far),
      receiveAll(near),
      sendAll(near, 1),
      sendAll(far, 2),
    ])

    expect(atFar.map(({ length }) => length)).toEqual(lengths)
    expect(atNear.map(({ length }) => length)).toEqual(lengths)
    expect(atFar.every((frame) => frame.every((byte) => byte === 1))).toBe(true)
    expect(atNear.every((frame) => frame.every((byte) => byte === 2))).toBe(true)
  })

  it('keeps a sender within 4 MiB of a reader that is slow, over 48 MiB', async () => {
    const { near, far } = await openStream(listen)
    const frame = frameOf(MIB, 7)
    const count = 48
    let sent = 0
    let received = 0
    let mostAhead = 0
    const sending = (async () => {
      for (; sent < count; sent++) {
        await near.send(frame)
        mostAhead = Math.max(mostAhead, sent + 1 - received)
      }
    })()

    while (received < count) {
      // Slow: it asks only when nothing has moved for a while.
      for (let before = -1; before !== sent; ) {
        before = sent
        await delay(5)
      }
      expect(await far.receive()).toHaveLength(MIB)
      received++
    }
    await sending

    expect(mostAhead).toBeLessThanOrEqual(4)
  })

  it('does not take more than 4 MiB from a peer while nobody reads, and then gives it all', async () => {
    const { near, far } = await openStream(listen)
    const frame = frameOf(64 * 1024, 3)
    let sent = 0
    const stop = new AbortController()
    const sending = (async () => {
      for (;;) {
        await near.send(frame, { signal: stop.signal })
        sent++
      }
    })().catch(() => {})
    await eventually('the sender waits', async () => {
      const before = sent
      await delay(50)
      return before > 0 && before === sent
    })

    expect(sent * frame.length).toBeLessThan(4 * MIB)
    const waiting = sent
    for (let i = 0; i < waiting; i++) expect(await far.receive()).toHaveLength(frame.length)
    await eventually('the sender goes on', () => sent > waiting)
    stop.abort()
    await sending
  })

  it('resets a stream whose peer announces a frame above the limit', async () => {
    const { framed, raw } = await openRawStream(listen)
    raw.send(framePrefix(MAX_FRAME + 1))
    await expect(framed.receive()).rejects.toMatchObject({ code: 'frame-too-long' })
    await eventually('the peer sees the reset', () => raw.status === 'reset')
    await expect(framed.send(frameOf(1, 1))).rejects.toMatchObject({ code: 'frame-too-long' })
  })

  it('resets a stream whose peer sends a prefix that is none', async () => {
    const { framed, raw } = await openRawStream(listen)
    raw.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x01))
    await expect(framed.receive()).rejects.toMatchObject({ code: 'frame-malformed' })
    await eventually('the peer sees the reset', () => raw.status === 'reset')
  })

  it('rejects what the peer leaves half-sent when it closes its side', async () => {
    const { framed, raw } = await openRawStream(listen)
    raw.send(Uint8Array.of(3, 1, 2))
    await raw.close()
    await expect(framed.receive()).rejects.toMatchObject({ code: 'frame-truncated' })
  })

  it('gives the frames that came before an orderly end, and undefined ever after', async () => {
    const { framed, raw } = await openRawStream(listen)
    raw.send(Uint8Array.of(1, 8, 1, 9))
    await raw.close()
    expect(await framed.receive()).toEqual(Uint8Array.of(8))
    expect(await framed.receive()).toEqual(Uint8Array.of(9))
    expect(await framed.receive()).toBeUndefined()
    expect(await framed.receive()).toBeUndefined()
  })

  it('still sends after the peer has closed its side', async () => {
    const { near, far } = await openStream(listen)
    await near.close()
    expect(await far.receive()).toBeUndefined()
    await far.send(frameOf(10, 1))
    expect(await near.receive()).toHaveLength(10)
  })

  it('rejects both ways when the peer aborts', async () => {
    const { near, far } = await openStream(listen)
    const receiving = expect(near.receive()).rejects.toMatchObject({ code: 'stream-reset' })
    far.abort(new Error('enough'))
    await receiving
    await expect(near.send(frameOf(1, 1))).rejects.toMatchObject({ code: 'stream-reset' })
    await expect(far.receive()).rejects.toThrow('enough')
  })

  it('rejects when the connection goes inside a frame', async () => {
    const { framed, raw } = await openRawStream(listen)
    raw.send(Uint8Array.of(200, 1, 1))
    const receiving = expect(framed.receive()).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:connection-lost|stream-reset)$/),
    })
    raw.abort(new Error('gone'))
    await receiving
  })

  it('resets the stream when a send is aborted inside its frame', async () => {
    const { near, far } = await openStream(listen)
    const stop = new AbortController()
    const big = frameOf(MAX_FRAME, 1)
    const sending = expect(near.send(big, { signal: stop.signal })).rejects.toThrow('changed my mind')
    // The first bytes have left in this turn; the window is smaller than the frame, and nobody reads.
    await setImmediate()
    stop.abort(new Error('changed my mind'))
    await sending
    await expect(far.receive()).rejects.toMatchObject({ code: 'stream-reset' })
  })

  it('is as it was after a receive that was aborted', async () => {
    const { near, far } = await openStream(listen)
    const stop = new AbortController()
    const receiving = expect(far.receive({ signal: stop.signal })).rejects.toThrow('too slow')
    stop.abort(new Error('too slow'))
    await receiving
    await near.send(frameOf(5, 5))
    expect(await far.receive()).toEqual(frameOf(5, 5))
  })

  it('keeps frames apart that are sent at once', async () => {
    const { near, far } = await openStream(listen)
    const sending = Promise.all([1, 2, 3, 4].map((value) => near.send(frameOf(300_000, value))))
    for (const value of [1, 2, 3, 4]) expect(await far.receive()).toEqual(frameOf(300_000, value))
    await sending
  })

  it('leaves no listener on a signal, and no stream on the connection', async () => {
    const { near, far, finish } = await openStream(listen)
    const { signal } = new AbortController()
    for (let i = 0; i < 200; i++) {
      await near.send(frameOf(1_000, 1), { signal })
      await far.receive({ signal })
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    finish()
    await near.close()
    expect(await near.receive()).toBeUndefined()
  })
})

describe('framed stream that ends', () => {
  const peer = 'peer' as PeerId

  it('is cut when the peer does not take the last bytes within 10 s', async () => {
    const host = await startRawPeer()
    await host.handle(PROTOCOL, (stream) => stream.pause())
    const dialer = await startRawPeer()
    const raw = await dialer.dialProtocol(host.getMultiaddrs()[0]!, PROTOCOL)
    const clock = createFakeClock()
    const stream = createFramedStream(raw, { peer, maxFrame: 1, clock })
    const sending = expect(stream.send(frameOf(MAX_FRAME, 1))).rejects.toMatchObject({
      code: 'stream-closed',
    })
    const closing = stream.close()
    await clock.advance(10_000)
    await closing
    await sending
    expect(raw.status).toBe('aborted')
  })

  it('is cut when nobody reads it and the peer does not close its side within 30 s', async () => {
    const host = await startRawPeer()
    await host.handle(PROTOCOL, () => {})
    const dialer = await startRawPeer()
    const raw = await dialer.dialProtocol(host.getMultiaddrs()[0]!, PROTOCOL)
    const clock = createFakeClock()
    const stream = createFramedStream(raw, { peer, maxFrame: 1, clock })
    await stream.close()
    await clock.advance(29_999)
    expect(raw.status).toBe('open')
    await clock.advance(1)
    expect(raw.status).toBe('aborted')
  })

  it('is gone from both connections when both sides have closed', async () => {
    const host = await startHost()
    await host.handle(PROTOCOL, LIMITS, async (stream) => {
      const frame = await stream.receive()
      await stream.send(frame!)
    })
    const raw = await startRawPeer()
    const connection = await raw.dial(multiaddr(host.addresses()[0]!))
    for (let i = 0; i < 50; i++) {
      const framed = createFramedStream(await connection.newStream([PROTOCOL]), {
        peer,
        maxFrame: 10,
        clock: createFakeClock(),
      })
      await framed.send(frameOf(3, i))
      expect(await framed.receive()).toEqual(frameOf(3, i))
      await framed.close()
      expect(await framed.receive()).toBeUndefined()
    }
    await eventually('no stream is left', () =>
      connection.streams.every(({ protocol }) => protocol !== PROTOCOL),
    )
  })
})
