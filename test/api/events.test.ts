import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MAX_EVENT_CLIENTS } from '../../src/api/limits.ts'
import { createApiServer } from '../../src/api/server.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { API_SETTINGS, addressOf, createApiNode } from '../support/api-node.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay, testKey } from '../support/key.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

const ALICE = testKey('alice')
const PEER = '12D3KooWPeer' as PeerId

interface Told {
  readonly id: string
  readonly kind: string
  readonly data: Record<string, unknown>
}

async function startedNode() {
  const node = await createApiNode()
  const server = createApiServer(
    { port: 0, ...API_SETTINGS },
    { services: node.services, clock: systemClock, logger: SILENT_LOGGER },
  )
  const url = await server.start()
  onTestFinished(() => server.stop())
  return { ...node, url, port: Number(new URL(url).port) }
}

type StartedNode = Awaited<ReturnType<typeof startedNode>>

/** Listens as a browser's EventSource does. */
async function listen({ url }: StartedNode, query = '', headers: Record<string, string> = {}) {
  const hangUp = new AbortController()
  onTestFinished(() => hangUp.abort())
  const response = await fetch(`${url}/v1/events${query}`, { headers, signal: hangUp.signal })
  const told: Told[] = []
  const reading = (async () => {
    if (!response.ok) return
    let rest = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) {
        const [, id, kind, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? []
        if (id !== undefined) told.push({ id, kind: kind!, data: JSON.parse(data!) })
      }
    }
  })()
  reading.catch(() => {})
  return { response, told, hangUp: () => hangUp.abort() }
}

const kindsOf = (told: readonly Told[]): string[] => told.map(({ kind }) => kind)

/** A payment to Alice that can be taken after eleven blocks. */
async function fund({ mineMany }: StartedNode) {
  const [first] = await mineMany(11)
  const reward = first!.transactions[0]!.outputs[0]!.value
  return pay([coinbaseInput(first!)], [{ value: reward - 1_000, scriptPubKey: ALICE.scriptPubKey }])
}

describe('events', () => {
  it('tell of blocks, transactions and peers in the order in which they happen', async () => {
    const node = await startedNode()
    const { response, told } = await listen(node)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const payment = await fund(node)
    await node.mempool.accept(payment)
    const block = await node.mine({ transactions: [payment] })
    node.peerEvents.emit('peerConnected', { peer: PEER, inbound: true, address: '/ip4/192.0.2.1/tcp/1' })
    node.peerEvents.emit('peerDisconnected', { peer: PEER })
    await vi.waitFor(() => expect(kindsOf(told).filter((kind) => kind === 'peer')).toHaveLength(2))
    const { txid } = payment
    expect(told.slice(11)).toMatchObject([
      { kind: 'transaction', data: { txid, status: 'pending', fee: 1_000 } },
      { kind: 'transaction', data: { txid, status: 'mined' } },
      { kind: 'block', data: { hash: block.hash, height: 12, transactions: 2 } },
      { kind: 'peer', data: { id: PEER, status: 'connected', inbound: true } },
      { kind: 'peer', data: { id: PEER, status: 'disconnected' } },
    ])
  })

  it('tell of a reorganisation before the blocks that it brings', async () => {
    const node = await startedNode()
    const fork = node.chain.tip()
    const [left] = await node.mineMany(1)
    const { told } = await listen(node, '?kinds=reorg,block')
    for (const block of buildBranch(fork, emptyPlans(2, 'other'))) await node.chain.acceptBlock(block)
    await vi.waitFor(() => expect(told).toHaveLength(3))
    expect(told).toMatchObject([
      { kind: 'reorg', data: { disconnected: [{ hash: left!.hash, height: 1 }], tip: { height: 2 } } },
      { kind: 'block', data: { height: 1 } },
      { kind: 'block', data: { height: 2 } },
    ])
  })

  it('tell of what is paid to watched addresses and spent from them, pending and confirmed, and of nothing else', async () => {
    const node = await startedNode()
    const payment = await fund(node)
    const [, bob] = [ALICE, testKey('bob')]
    const { told } = await listen(
      node,
      `?kinds=address&address=${addressOf(ALICE)}&address=${addressOf(bob)}`,
    )
    await node.mempool.accept(payment)
    await node.mine({ transactions: [payment] })
    const value = payment.outputs[0]!.value
    const spending = pay(
      [{ outPoint: { txid: payment.txid, vout: 0 }, coin: { value }, key: ALICE }],
      [{ value: value - 1_000, scriptPubKey: MINER.scriptPubKey }],
    )
    // It was never pending here.
    await node.mine({ transactions: [spending] })
    await vi.waitFor(() => expect(told).toHaveLength(3))
    const address = addressOf(ALICE)
    expect(told).toMatchObject([
      { kind: 'address', data: { address, txid: payment.txid, status: 'pending' } },
      { kind: 'address', data: { address, txid: payment.txid, status: 'confirmed', block: { height: 12 } } },
      { kind: 'address', data: { address, txid: spending.txid, status: 'confirmed', block: { height: 13 } } },
    ])
  })

  it('go on where a client has lost its connection, and say where they cannot', async () => {
    const node = await startedNode()
    const first = await listen(node, '?kinds=block')
    await node.mineMany(3)
    await vi.waitFor(() => expect(first.told).toHaveLength(3))
    first.hangUp()
    await node.mineMany(2)
    const seen = first.told[1]!.id
    for (const again of [
      await listen(node, `?kinds=block&after=${seen}`),
      await listen(node, '?kinds=block', { 'last-event-id': seen }),
    ])
      await vi.waitFor(() => expect(again.told.map(({ data }) => data.height)).toEqual([3, 4, 5]))
    for (const id of ['zzz-1', `${seen.split('-')[0]}-999`, 'nonsense']) {
      const { response } = await listen(node, `?after=${id}`)
      expect(response.status).toBe(410)
      expect(await response.json()).toMatchObject({ code: 'events-gone' })
    }
  })

  it('are the same over a WebSocket', async () => {
    const node = await startedNode()
    const socket = new WebSocket(`${node.url.replace('http', 'ws')}/v1/events/ws?kinds=block`)
    onTestFinished(() => socket.close())
    await once(socket, 'open')
    const told: Told[] = []
    socket.addEventListener('message', ({ data }) => void told.push(JSON.parse(data as string)))
    // Its listening begins a moment after the handshake.
    await vi.waitFor(async () => {
      await node.mineMany(1)
      expect(told.length).toBeGreaterThan(0)
    })
    expect(told[0]).toMatchObject({ kind: 'block', data: { transactions: 1 } })
    const refused = new WebSocket(`${node.url.replace('http', 'ws')}/v1/events/ws?after=nonsense`)
    const [closed] = await once(refused, 'close')
    expect(closed).toMatchObject({ code: 4410, reason: 'events-gone' })
  })

  it('are for pages of this API only', async () => {
    const node = await startedNode()
    const socket = connect(node.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write(
      [
        'GET /v1/events/ws HTTP/1.1',
        `Host: 127.0.0.1:${node.port}`,
        'Origin: http://evil.example',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        '\r\n',
      ].join('\r\n'),
    )
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 403 /)
    await once(socket, 'close')
  })

  it('are refused where what is asked for makes no sense', async () => {
    const node = await startedNode()
    for (const query of ['?kinds=', '?kinds=money', '?kind=block', '?address=nobody'])
      expect((await listen(node, query)).response.status).toBe(400)
  })

  it('are told to so many clients at once and no more; one that leaves makes room', async () => {
    const node = await startedNode()
    const clients = []
    for (let i = 0; i < MAX_EVENT_CLIENTS; i++) clients.push(await listen(node))
    const { response } = await listen(node)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'too-many-listeners' })
    clients[0]!.hangUp()
    await vi.waitFor(async () => expect((await listen(node)).response.status).toBe(200))
  })
})
