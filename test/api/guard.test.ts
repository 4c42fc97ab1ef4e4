import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemSchema } from '../../src/api/schemas.ts'
import { API_TOKEN, createApiNode } from '../support/api-node.ts'

const HOST = '127.0.0.1:29472'

describe('web pages', () => {
  it('reach the API by no name but those of this machine (DNS rebinding)', async () => {
    const { app } = await createApiNode()
    const ask = async (host: string) =>
      (await app.inject({ url: '/v1/status', headers: { host } })).statusCode
    for (const host of [HOST, '127.0.0.1', 'localhost', 'LOCALHOST:1', '[::1]:29472'])
      expect([host, await ask(host)]).toEqual([host, 200])
    for (const host of [
      'evil.example',
      'evil.example:29472',
      '127.0.0.1.evil.example',
      'localhost.evil.example:80',
      '127.0.0.1@evil.example',
      'evil.example#127.0.0.1',
      '192.168.1.2',
      '0.0.0.0',
      '[::1',
    ])
      expect([host, await ask(host)]).toEqual([host, 403])
  })

  it('of other origins are refused, whatever they ask', async () => {
    const { app } = await createApiNode()
    const ask = async (origin: string) =>
      (await app.inject({ url: '/v1/status', headers: { host: HOST, origin } })).statusCode
    expect(await ask(`http://${HOST}`)).toBe(200)
    for (const origin of ['http://evil.example', 'null', `https://${HOST}`, 'http://127.0.0.1:8080', ''])
      expect([origin, await ask(origin)]).toEqual([origin, 403])
  })

  it('get no leave to ask across origins', async () => {
    const { app } = await createApiNode()
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/v1/mining/start',
      headers: { host: HOST, origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.statusCode).toBe(403)
    const answer = await app.inject({ url: '/v1/status', headers: { host: HOST } })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('cannot post what needs no leave: only JSON is read', async () => {
    const { app } = await createApiNode()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect(
        await app.inject({
          method: 'POST',
          url: '/v1/mining/start',
          headers: { host: HOST, authorization: `Bearer ${API_TOKEN}`, 'content-type': type },
          payload: '{"address":"x"}',
        }),
      ).toMatchObject({ statusCode: 415 })
  })
})

describe('every refusal', () => {
  it('has the one documented form', async () => {
    const { app } = await createApiNode()
    const refusals = await Promise.all([
      app.inject({ url: '/v1/status', headers: { host: 'evil.example' } }),
      app.inject({ url: '/nowhere', headers: { host: HOST } }),
      app.inject({ method: 'DELETE', url: '/v1/status', headers: { host: HOST } }),
      app.inject({ url: '/v1/blocks/%zz', headers: { host: HOST } }),
      app.inject({ url: `/v1/blocks/${'1'.repeat(5_000)}`, headers: { host: HOST } }),
      app.inject({ url: '/v1/blocks/x', headers: { host: HOST } }),
      app.inject({
        method: 'POST',
        url: '/v1/coins',
        headers: { host: HOST, 'content-type': 'application/json' },
        payload: '{"addresses":',
      }),
      app.inject({
        method: 'POST',
        url: '/v1/coins',
        headers: { host: HOST, 'content-type': 'application/json' },
        payload: '{"__proto__": {"addresses": []}}',
      }),
      app.inject({
        method: 'POST',
        url: '/v1/coins',
        headers: { host: HOST },
        payload: { addresses: Array(1_000).fill(1) },
      }),
      app.inject({
        method: 'POST',
        url: '/v1/coins',
        headers: { host: HOST },
        payload: { addresses: ['x'.repeat(200_000)] },
      }),
    ])
    for (const { statusCode, headers, body } of refusals) {
      expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
      const problem = problemSchema.parse(JSON.parse(body))
      expect(problem.status).toBe(statusCode)
      expect(statusCode).toBeGreaterThanOrEqual(400)
      expect(statusCode).toBeLessThan(500)
      expect(problem.code).toMatch(/^[a-z][a-z-]*$/)
      expect(body.length).toBeLessThan(2_000)
    }
  })
})

describe('garbage', () => {
  it('is never a fault of the node', async () => {
    const node = await createApiNode()
    const paths = [
      'status',
      'blocks',
      'blocks/0',
      'transactions',
      'coins',
      'mempool',
      'mining/start',
      'mining/generate',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS') as fc.Arbitrary<'GET'>,
        fc.oneof(
          fc.constantFrom(...paths).map((path) => `/v1/${path}`),
          fc.webPath().map((path) => `/v1/blocks/${path.replace(/^\/+/, '')}`),
          fc.webPath().map((path) => `/v1/addresses/${path.replace(/^\/+/, '')}/coins`),
        ),
        fc.oneof(fc.json(), fc.string(), fc.constant('')),
        async (method, url, payload) => {
          const headers = { host: HOST, 'content-type': 'application/json' }
          const { statusCode } = await node.app.inject({
            method,
            url,
            headers,
            ...(payload ? { payload } : {}),
          })
          expect([url, payload, statusCode < 500]).toEqual([url, payload, true])
        },
      ),
      { numRuns: 400 },
    )
    expect(node.faults).toEqual([])
  })
})
