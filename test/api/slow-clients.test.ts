import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { MAX_CONNECTIONS, type RequestTimeouts } from '../../src/api/limits.ts'
import { API_TOKEN } from '../support/api-node.ts'
import { say, startedServer } from '../support/api-server.ts'

const SHORT: RequestTimeouts = { headersMs: 300, requestMs: 600, checkMs: 50 }
const TRICKLE_MS = 20

const problemOf = (heard: string): unknown => JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4))

describe('a client that trickles', () => {
  it('its headers is hung up on, while others are answered', async () => {
    const { port, url } = await startedServer(SHORT)
    const slow = Array.from({ length: 20 }, () =>
      say(port, 'GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: ', TRICKLE_MS),
    )
    expect((await fetch(`${url}/v1/health`)).status).toBe(200)
    for (const heard of await Promise.all(slow)) {
      expect(heard).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
      expect(problemOf(heard)).toMatchObject({ status: 408, code: 'request-timeout' })
    }
  })

  it('its body is hung up on', async () => {
    const { port, faults } = await startedServer(SHORT)
    const head = [
      'POST /v1/transactions HTTP/1.1',
      'Host: localhost',
      `Authorization: Bearer ${API_TOKEN}`,
      'Content-Type: application/json',
      'Content-Length: 100000',
    ].join('\r\n')
    const heard = await say(port, `${head}\r\n\r\n{"hex": "`, TRICKLE_MS)
    expect(heard).toMatch(/^HTTP\/1\.1 408 /)
    expect(faults).toEqual([])
  })
})

describe('too much', () => {
  it('of headers is refused, and the connection ends', async () => {
    const { port } = await startedServer()
    const long = `GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`
    const heard = await say(port, long)
    expect(heard).toMatch(/^HTTP\/1\.1 431 /)
    expect(problemOf(heard)).toMatchObject({ status: 431, code: 'headers-too-large' })
  })

  it('of connections ends the latest at once; those that are open go on, and make room as they close', async () => {
    const { port } = await startedServer()
    const open: Socket[] = []
    onTestFinished(() => {
      for (const socket of open) socket.destroy()
    })
    const dial = async (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      return socket
    }
    while (open.length < MAX_CONNECTIONS) open.push(await dial())
    const late = await dial()
    await once(late, 'close')
    const [first] = open
    const request = 'GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n'
    first!.write(request)
    const [answer] = (await once(first!, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /)
    const gone = once(open.at(-1)!, 'close')
    open.at(-1)!.end()
    await gone
    const last = request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
    // The server may learn of the end a moment after its client does.
    await vi.waitFor(async () => expect(await say(port, last)).toMatch(/^HTTP\/1\.1 200 /))
  })
})
