import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createApiServer } from '../../src/api/server.ts'
import { ApiError, type ClientOptions, createClient } from '../../src/client/client.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { API_SETTINGS, addressOf, createApiNode } from '../support/api-node.ts'
import { testKey } from '../support/key.ts'

const ALICE = addressOf(testKey('alice'))

/** A node's API on a port, and a client of it. */
async function startedNode(options: ClientOptions = {}) {
  const node = await createApiNode()
  const server = createApiServer(
    { port: 0, ...API_SETTINGS },
    { services: node.services, clock: systemClock, logger: SILENT_LOGGER },
  )
  const url = await server.start()
  onTestFinished(() => server.stop())
  return { ...node, client: createClient(url, { token: API_SETTINGS.token, ...options }) }
}

const failureOf = (call: Promise<unknown>): Promise<ApiError> =>
  call.then(
    () => expect.fail('it was answered'),
    (error) => {
      expect(error).toBeInstanceOf(ApiError)
      return error
    },
  )

describe('a call', () => {
  it('is answered as the document of the API says', async () => {
    const { client } = await startedNode()
    const { blocks } = await client.post('/v1/mining/generate', { body: { address: ALICE, blocks: 2 } })
    expect(blocks.map(({ height }) => height)).toEqual([1, 2])
    const path = { hashOrHeight: blocks[0]!.hash }
    const { txids } = await client.get('/v1/blocks/{hashOrHeight}', { params: { path } })
    expect(txids).toHaveLength(1)
    const page = await client.get('/v1/blocks', { params: { query: { limit: '1' } } })
    expect(page.blocks.map(({ hash }) => hash)).toEqual([blocks[1]!.hash])
    const { coins } = await client.post('/v1/coins', { body: { addresses: [ALICE] } })
    expect(coins).toHaveLength(2)
    expect(await client.get('/metrics')).toContain('cairn_chain_height 2')
  })

  it('is refused with status, code and details', async () => {
    const { client } = await startedNode()
    const path = { hashOrHeight: '7' }
    expect(await failureOf(client.get('/v1/blocks/{hashOrHeight}', { params: { path } }))).toMatchObject({
      status: 404,
      code: 'block-unknown',
    })
    const addresses = ['nonsense']
    expect(await failureOf(client.post('/v1/coins', { body: { addresses } }))).toMatchObject({
      status: 400,
      code: 'address-malformed',
      details: { address: 'nonsense' },
    })
    const anyone = createClient(client.url)
    expect(await failureOf(anyone.post('/v1/mining/stop'))).toMatchObject({ status: 401 })
  })

  it('says of a node that is not ready what it lacks', async () => {
    const { client } = await startedNode()
    const readiness = await client.get('/v1/ready')
    const unready = JSON.stringify({ ...readiness, ready: false })
    const behind = createClient('http://node', { fetch: async () => new Response(unready, { status: 503 }) })
    expect(await behind.get('/v1/ready')).toEqual({ ...readiness, ready: false })
  })

  it('fails as unreachable where nobody, or somebody else, answers', async () => {
    expect(await failureOf(createClient('http://127.0.0.1:1').get('/v1/status'))).toMatchObject({
      status: undefined,
      code: 'node-unreachable',
      message: expect.stringContaining('http://127.0.0.1:1'),
    })
    for (const [status, text] of [
      [200, '<html>'],
      [404, '{"error":"no"}'],
    ] as const) {
      const other = createClient('http://other', { fetch: async () => new Response(text, { status }) })
      expect(await failureOf(other.get('/v1/status'))).toMatchObject({ status, code: 'node-unreachable' })
    }
  })

  it('ends at its deadline, and with the reason of its signal', async () => {
    const never = ({ signal }: Request): Promise<Response> =>
      new Promise((_, reject) => {
        const end = () => reject(signal.reason)
        if (signal.aborted) end()
        else signal.addEventListener('abort', end)
      })
    const client = createClient('http://silent', { fetch: never, timeoutMs: 1 })
    expect(await failureOf(client.get('/v1/status'))).toMatchObject({
      code: 'node-unreachable',
      message: expect.stringContaining('too long'),
    })
    const reason = new Error('changed my mind')
    const signal = AbortSignal.abort(reason)
    await expect(client.get('/v1/status', { signal, timeoutMs: 60_000 })).rejects.toBe(reason)
  })
})

/** `fetch` over connections of which the last can be cut. */
function cuttableFetch() {
  let connection = new AbortController()
  const lastIds: (string | null)[] = []
  return {
    lastIds,
    cut: () => connection.abort(new TypeError('terminated')),
    fetch(request: Request): Promise<Response> {
      connection = new AbortController()
      lastIds.push(request.headers.get('last-event-id'))
      return fetch(request, { signal: AbortSignal.any([request.signal, connection.signal]) })
    },
  }
}

describe('events', () => {
  afterEach(() => void vi.useRealTimers())

  it('go on after a lost connection with those that were missed, each told once', async () => {
    const wire = cuttableFetch()
    const { client, mine } = await startedNode({ fetch: wire.fetch })
    const open = Promise.withResolvers<void>()
    const events = client.events({ kinds: ['block', 'peer'], retryMs: 1, onOpen: open.resolve })
    const next = events.next()
    await open.promise
    await mine()
    const first = (await next).value!
    expect(first).toMatchObject({ kind: 'block', data: { height: 1, transactions: 1 } })
    wire.cut()
    await mine()
    await mine()
    const heights: number[] = []
    for await (const event of events) {
      if (event.kind === 'block') heights.push(event.data.height)
      if (heights.length === 2) break
    }
    expect(heights).toEqual([2, 3])
    expect(wire.lastIds.at(-1)).toBe(first.id)
  })

  it('end with their signal, and where the node knows no more what was missed', async () => {
    const { client } = await startedNode()
    const stop = new AbortController()
    const events = client.events({ signal: stop.signal })
    const next = events.next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await failureOf(client.events({ after: 'other-1' }).next())).toMatchObject({
      status: 410,
      code: 'events-gone',
    })
    expect(await failureOf(createClient('http://127.0.0.1:1').events().next())).toMatchObject({
      code: 'node-unreachable',
    })
  })

  it('take a connection that says nothing for lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const told = [
      'id: a-1\nevent: sync\ndata: {"atMs":1,"phase":"idle"}\n\n',
      'id: a-2\nevent: sync\ndata: {',
    ]
    const lastIds: (string | null)[] = []
    const client = createClient('http://node', {
      async fetch({ headers, signal }) {
        lastIds.push(headers.get('last-event-id'))
        const start = (controller: ReadableStreamDefaultController): void => {
          controller.enqueue(new TextEncoder().encode(told.shift()))
          signal.addEventListener('abort', () => controller.error(signal.reason))
        }
        return new Response(new ReadableStream({ start }))
      },
    })
    const stop = new AbortController()
    const events = client.events({ signal: stop.signal })
    expect(await events.next()).toMatchObject({ value: { id: 'a-1', data: { phase: 'idle' } } })
    const next = events.next()
    await vi.advanceTimersByTimeAsync(44_000)
    expect(lastIds).toEqual([null])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(lastIds).toEqual([null, 'a-1'])
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

it('the example runs as it stands', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/client.ts'], { timeout: 60_000 })
  expect(stdout).toMatch(
    /^cairn\/\S+ on dev, at 0\nblock 1 \w+\nblock 2 \w+\n2 coins at dcrn1\w+\n404 block-unknown: .+\n$/,
  )
})
