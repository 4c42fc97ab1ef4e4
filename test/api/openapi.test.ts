import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import document from '../../src/api/gen/openapi.json' with { type: 'json' }
import { createApiNode } from '../support/api-node.ts'

const HOST = '127.0.0.1:29472'

interface Operation {
  readonly operationId: string
  readonly security: readonly unknown[]
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    operation,
  })),
)

describe('the OpenAPI document', () => {
  it('is one of version 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
  })

  it('names each operation once, and says which need the token', async () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const { app } = await createApiNode()
    for (const { path, method, operation } of operations) {
      const url = path.replaceAll(/\{\w+\}/g, '0')
      if (url.endsWith('/events')) continue
      const { statusCode } = await app.inject({ method: method as 'GET', url, headers: { host: HOST } })
      expect(statusCode === 401, `${method} ${path}`).toBe(operation.security.length > 0)
    }
  })

  it('is served to programs, and as a page that needs nothing from elsewhere', async () => {
    const { app } = await createApiNode()
    const get = (url: string) => app.inject({ url, headers: { host: HOST } })
    expect((await get('/openapi.json')).json()).toEqual(document)
    const page = await get('/docs')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    const parts = [...page.body.matchAll(/(?:src|href)="(.*?)"/g)].map(([, url]) => url!)
    expect(parts).toHaveLength(3)
    for (const url of parts) {
      expect(url).toMatch(/^\/docs\//)
      const { statusCode, body } = await get(url)
      expect(statusCode).toBe(200)
      expect(body.length).toBeGreaterThan(50)
    }
    for (const url of ['/docs/nothing.js', '/docs/..%2fpackage.json', '/docs/constructor'])
      expect((await get(url)).statusCode).toBe(404)
  })
})
