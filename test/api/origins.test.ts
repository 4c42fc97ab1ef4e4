import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/api/server.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { API_TOKEN, createApiNode } from '../support/api-node.ts'

const HOST = '127.0.0.1:29472'
const ALLOWED = 'https://wallet.example'

describe('a page that the user allows', () => {
  it('may ask, and learns the answer', async () => {
    const { app } = await createApiNode()
    const answer = await app.inject({ url: '/v1/status', headers: { host: HOST, origin: ALLOWED } })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['access-control-allow-origin']).toBe(ALLOWED)
    const leave = await app.inject({
      method: 'OPTIONS',
      url: '/v1/transactions',
      headers: {
        host: HOST,
        origin: ALLOWED,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    expect(leave.statusCode).toBe(204)
    expect(leave.headers['access-control-allow-headers']).toContain('authorization')
  })

  it('changes nothing without the token', async () => {
    const { app } = await createApiNode()
    const stop = (authorization?: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/mining/stop',
        headers: { host: HOST, origin: ALLOWED, ...(authorization ? { authorization } : {}) },
      })
    expect((await stop()).statusCode).toBe(401)
    expect((await stop(`Bearer ${API_TOKEN}`)).statusCode).toBe(200)
  })

  it('makes no other welcome, nor one that only looks like it', async () => {
    const { app } = await createApiNode()
    for (const origin of [
      'https://evil.example',
      'http://wallet.example',
      'https://wallet.example.evil.test',
      'null',
    ]) {
      const { statusCode, headers } = await app.inject({ url: '/v1/status', headers: { host: HOST, origin } })
      expect(statusCode).toBe(403)
      expect(headers['access-control-allow-origin']).not.toBe(origin)
    }
  })
})

it('a client that asks more often than allowed is told so, in the form of every refusal', async () => {
  const { context } = await createApiNode()
  const app = createApp({ ...context, rateLimit: 3 }, SILENT_LOGGER)
  const ask = () => app.inject({ url: '/v1/health', headers: { host: HOST } })
  for (let i = 0; i < 3; i++) expect((await ask()).statusCode).toBe(200)
  const refused = await ask()
  expect(refused.statusCode).toBe(429)
  expect(refused.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(refused.json()).toMatchObject({ code: 'too-many-requests' })
  await app.close()
})
