import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { answerWithin } from '../../src/api/deadline.ts'
import { createApiServer } from '../../src/api/server.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { API_SETTINGS, API_TOKEN, addressOf, createApiNode } from '../support/api-node.ts'
import { say, startedServer } from '../support/api-server.ts'
import { testKey } from '../support/key.ts'

const ALICE = addressOf(testKey('alice'))

describe('the server', () => {
  it('listens on this machine only, where it says', async () => {
    const { url } = await startedServer()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/v1/status`)).status).toBe(200)
  })

  it('names the option where its port is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    onTestFinished(() => void blocker.close())
    const { port } = blocker.address() as AddressInfo
    const { services } = await createApiNode()
    const server = createApiServer(
      { port, ...API_SETTINGS },
      { services, clock: systemClock, logger: SILENT_LOGGER },
    )
    onTestFinished(() => server.stop())
    await expect(server.start()).rejects.toMatchObject({
      code: 'api-port-in-use',
      message: `port ${port} on 127.0.0.1 is in use: choose another with --api-port, or none with --no-api`,
    })
  })

  it('mines no further when its client hangs up', async () => {
    const { url, testMiner } = await startedServer()
    testMiner.stuck = true
    const client = new AbortController()
    const answer = fetch(`${url}/v1/mining/generate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ address: ALICE, blocks: 1 }),
      signal: client.signal,
    })
    await vi.waitFor(() => expect(testMiner.searching).toBe(1))
    client.abort()
    await expect(answer).rejects.toThrow()
    await vi.waitFor(() => expect(testMiner.searching).toBe(0))
  })

  it('stops at once while it mines for a client and others keep their connections open', async () => {
    const { url, server, testMiner, port } = await startedServer()
    testMiner.stuck = true
    await (await fetch(`${url}/v1/status`)).text()
    const idle = connect(port, '127.0.0.1')
    await once(idle, 'connect')
    const closed = once(idle, 'close')
    const answer = fetch(`${url}/v1/mining/generate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ address: ALICE, blocks: 1 }),
    })
    await vi.waitFor(() => expect(testMiner.searching).toBe(1))
    await server.stop()
    expect(await (await answer).json()).toEqual({ blocks: [] })
    await closed
    await expect(fetch(`${url}/v1/status`)).rejects.toThrow()
  })

  it('answers what is not HTTP in the same form, and hangs up', async () => {
    const { port } = await startedServer()
    const heard = await say(port, 'this is not HTTP\r\n\r\n')
    expect(heard).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4))).toMatchObject({
      code: 'request-malformed',
    })
  })
})

describe('a question', () => {
  it('that takes too long is answered so, and its work is told to stop', async () => {
    const { context, clock } = await createApiNode()
    const reply = { raw: new ServerResponse(new IncomingMessage(new Socket())) }
    let told: AbortSignal | undefined
    const answer = answerWithin(context, reply, 1_000, (signal) => {
      told = signal
      return new Promise(() => {})
    })
    answer.catch(() => {})
    await clock.advance(999)
    expect(told?.aborted).toBe(false)
    await clock.advance(1)
    await expect(answer).rejects.toMatchObject({ status: 503, code: 'timeout' })
    expect(told?.aborted).toBe(true)
  })
})
