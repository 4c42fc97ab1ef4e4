import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import type { Connection, Stream } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { decodeHello, encodeHello, type Hello } from '../../protocols/hello/codec.ts'
import { HELLO_VERSION, helloProtocol, SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { concatBytes } from '../../src/base/bytes.ts'
import { createFrameBuffer, framePrefix } from '../../src/network/frame-buffer.ts'
import { DEV } from '../support/test-chain.ts'

export const NETWORK = `cairn/${DEV.id}`
export const MESHSUB = '/meshsub/1.2.0'
const MAX_FRAME = 4_100_000

/** Honest enough to be taken in: a peer on libp2p that does the rest as its adversary wants it. */
export interface Intruder {
  readonly peer: string
  readonly node: Libp2p
  readonly connection: Connection
  /** whether the victim has hung up, or we have */
  readonly isGone: () => boolean
  /** A stream of the victim's. */
  open(protocol: string): Promise<Stream>
  stop(): Promise<void>
}

export interface IntruderOptions {
  /** what it says of itself; false for a peer that says nothing */
  readonly hello?: Partial<Hello> | false
  /** protocols that it answers: one call a stream */
  readonly serve?: Readonly<Record<string, (stream: Stream) => void>>
  /** of its identify and ping; the network's own unless told */
  readonly protocolPrefix?: string
}

export const bytesOf = (data: Uint8Array | { subarray(): Uint8Array }): Uint8Array =>
  data instanceof Uint8Array ? data : data.subarray()

/** Says one frame. */
export const sendFrame = (stream: Stream, frame: Uint8Array): void =>
  void stream.send(concatBytes(framePrefix(frame.length), frame))

/** Calls with each frame that comes. */
export function onFrame(stream: Stream, take: (frame: Uint8Array) => void): void {
  const buffer = createFrameBuffer(MAX_FRAME)
  stream.addEventListener('message', ({ data }) => {
    buffer.append(bytesOf(data))
    for (let frame = buffer.take(); frame !== undefined; frame = buffer.take()) take(frame)
  })
}

/** What an honest node at its genesis says, with what the adversary claims instead. */
const helloOf = (claims: Partial<Hello>): Uint8Array =>
  encodeHello({
    version: HELLO_VERSION,
    genesis: DEV.genesis.hash,
    tip: DEV.genesis.hash,
    height: 0,
    work: 2n,
    services: SERVICE_BLOCKS,
    userAgent: 'intruder',
    ...claims,
  })

/** Connects a new identity to the victim and, unless told otherwise, says hello. */
export async function intrude(address: string, options: IntruderOptions = {}): Promise<Intruder> {
  const { hello = {}, serve = {}, protocolPrefix = NETWORK } = options
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    connectionMonitor: { enabled: false },
    services: { identify: identify({ protocolPrefix }), ping: ping({ protocolPrefix }) },
  })
  if (hello !== false)
    await node.handle(helloProtocol(DEV), (stream) => {
      onFrame(stream, () => {
        sendFrame(stream, helloOf(hello))
        stream.close().catch(() => {})
      })
    })
  // A gossip stream that nobody reads would end the connection before the adversary has begun.
  const handlers = { [MESHSUB]: sink, ...serve }
  for (const [protocol, handler] of Object.entries(handlers)) await node.handle(protocol, handler)
  const connection = await node.dial(multiaddr(address), { signal: AbortSignal.timeout(20_000) })
  if (hello !== false) await greet(connection, helloOf(hello))
  return {
    peer: node.peerId.toString(),
    node,
    connection,
    isGone: () => connection.status !== 'open',
    open: (protocol) => connection.newStream([protocol], { signal: AbortSignal.timeout(20_000) }),
    stop: async () => node.stop(),
  }
}

const sink = (stream: Stream): void => stream.addEventListener('message', () => {})

/** Says hello, and waits for the answer or the end. */
async function greet(connection: Connection, hello: Uint8Array): Promise<void> {
  const stream = await connection.newStream([helloProtocol(DEV)])
  const over = Promise.withResolvers<void>()
  onFrame(stream, (frame) => {
    if (decodeHello(frame).ok) over.resolve()
  })
  stream.addEventListener('close', () => over.resolve())
  sendFrame(stream, hello)
  await over.promise
  stream.close().catch(() => {})
}
