import { stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createTokenGuard } from '../../src/api/access.ts'
import {
  apiCookiePath,
  readApiCookie,
  removeApiCookie,
  writeApiCookie,
} from '../../src/platform/node/api-cookie.ts'
import { API_TOKEN, addressOf, createApiNode } from '../support/api-node.ts'
import { testKey } from '../support/key.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const HOST = '127.0.0.1:29472'
const ALICE = addressOf(testKey('alice'))

/** What only reads, though it is asked by POST: the question is too long for a path. */
const LISTING_POSTS = ['/v1/coins', '/v1/history']
const READING_POSTS = [...LISTING_POSTS, '/v1/transactions/test']

describe('whoever does not know the token', () => {
  it.each([
    ['no token', undefined, 'token-missing'],
    ['another way to say it', `Basic ${API_TOKEN}`, 'token-missing'],
    ['a wrong token', 'Bearer nonsense', 'token-wrong'],
    ['a part of the token', `Bearer ${API_TOKEN.slice(0, -1)}`, 'token-wrong'],
  ])('changes nothing with %s', async (_, authorization, code) => {
    const { app, testMiner } = await createApiNode()
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/mining/start',
      headers: { host: HOST, ...(authorization === undefined ? {} : { authorization }) },
      payload: { address: ALICE },
    })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(answer.json()).toMatchObject({ code })
    expect(answer.body).not.toContain(API_TOKEN)
    expect(testMiner.status().mining).toBe(false)
  })

  it('may read', async () => {
    const { app } = await createApiNode()
    for (const url of [
      '/v1/status',
      '/v1/blocks',
      '/v1/mempool',
      '/v1/mining',
      `/v1/addresses/${ALICE}/coins`,
    ])
      expect((await app.inject({ url, headers: { host: HOST } })).statusCode).toBe(200)
    for (const url of LISTING_POSTS) {
      const answer = await app.inject({
        method: 'POST',
        url,
        headers: { host: HOST },
        payload: { addresses: [ALICE] },
      })
      expect(answer.statusCode).toBe(200)
    }
  })

  it('is turned away from every route that is not for reading', async () => {
    const { app } = await createApiNode()
    await app.ready()
    const closed: string[] = []
    const parents: string[] = []
    for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
      const [, indent, part, methods] = /^(.*)[├└]── (\S+?)(?: \((.*)\))?$/.exec(line) ?? []
      if (indent === undefined) continue
      const depth = indent.length / 4
      const path = (parents[depth - 1] ?? '') + part
      parents[depth] = path
      for (const method of methods?.split(', ') ?? []) {
        if (['GET', 'HEAD', 'OPTIONS'].includes(method) || READING_POSTS.includes(path)) continue
        const url = path.replaceAll(/:\w+/g, '0')
        const answer = await app.inject({ method: method as 'POST', url, headers: { host: HOST } })
        expect(answer.statusCode, `${method} ${path}`).toBe(401)
        closed.push(`${method} ${path}`)
      }
    }
    expect(closed).toContain('POST /v1/transactions')
    expect(closed.length).toBeGreaterThan(5)
  })
})

it('whoever knows the token may change things', async () => {
  const { post } = await createApiNode()
  expect(await post('/v1/mining/start', { address: ALICE })).toMatchObject({ status: 200 })
})

describe('the file of the token', () => {
  it('can be read by this user alone, and holds another token each time', async () => {
    const folder = await temporaryDirectory()
    expect(await readApiCookie(folder)).toBeUndefined()
    const first = await writeApiCookie(folder)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect((await stat(apiCookiePath(folder))).mode & 0o777).toBe(0o600)
    expect(await readApiCookie(folder)).toBe(first)
    const second = await writeApiCookie(folder)
    expect(second).not.toBe(first)
    expect(await readApiCookie(folder)).toBe(second)
    await removeApiCookie(folder)
    expect(await readApiCookie(folder)).toBeUndefined()
  })
})

it('a guard tells of paths that are not there', async () => {
  const guard = createTokenGuard('x')
  const request = { method: 'POST', headers: {}, routeOptions: { config: {} } }
  await expect(guard(request as never, {} as never)).resolves.toBeUndefined()
})
