import type { RouteOptions } from 'fastify'
import { z } from 'zod'
import { needsToken } from '../../src/api/access.ts'
import { problemSchema } from '../../src/api/schemas.ts'
import { createApp } from '../../src/api/server.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Generator } from './generator.ts'

type Json = Readonly<Record<string, unknown>>

interface RouteSchema {
  readonly summary?: string
  readonly params?: z.ZodType
  readonly querystring?: z.ZodType
  readonly body?: z.ZodType
  readonly response?: Readonly<Record<string, z.ZodType>>
}

/** What is written by hand: routes without a JSON answer. */
const STREAMS: Readonly<Record<string, Json>> = {
  '/v1/events': {
    200: {
      description: 'events for as long as the client listens',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
  },
  '/v1/events/ws': { 101: { description: 'a WebSocket: each message is one event as JSON' } },
  '/metrics': {
    200: {
      description: "in Prometheus' text format",
      content: { 'text/plain': { schema: { type: 'string' } } },
    },
  },
}

/** Something that any question can be asked of while routes are registered; nothing is answered. */
function createBlank(): never {
  const blank: object = new Proxy(() => blank, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : blank),
    apply: () => blank,
  })
  return blank as never
}

async function listRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = []
  const context = {
    services: createBlank(),
    clock: createBlank(),
    token: '',
    origins: [],
    rateLimit: 1,
    stopping: new AbortController().signal,
  }
  await createApp(context, SILENT_LOGGER, (route) => routes.push(route)).ready()
  // Fastify answers HEAD by itself, and offers the pages of the documentation to no program.
  return routes.filter(({ method, url }) => method !== 'HEAD' && !/^\/(?:docs|openapi\.json)/.test(url))
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  return plain
}

function parameters(where: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...plain }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: plain,
  }))
}

/** `/v1/blocks/:hash` with GET is `getBlocksHash`. */
const operationId = (method: string, url: string): string =>
  method.toLowerCase() +
  url
    .replace(/^\/v1/, '')
    .split(/[/:._-]+/)
    .filter((part) => part !== '')
    .map((part) => part[0]!.toUpperCase() + part.slice(1))
    .join('')

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

function operation({ method, url, schema, config }: RouteOptions): Json {
  const { summary, params, querystring, body, response = {} } = (schema ?? {}) as RouteSchema
  if (summary === undefined) throw new Error(`${method} ${url} has no summary`)
  const answers = Object.entries(response).map(([status, answer]) => [
    status,
    { description: 'the answer', content: { 'application/json': { schema: jsonSchema(answer, 'output') } } },
  ])
  const given = [...parameters('path', params), ...parameters('query', querystring)]
  return {
    operationId: operationId(String(method), url),
    tags: [url.startsWith('/v1/') ? url.split('/')[2] : 'prototypes'],
    summary,
    security: needsToken(String(method), config) ? [{ token: [] }] : [],
    ...(given.length > 0 ? { parameters: given } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: {
      ...Object.fromEntries(answers),
      ...STREAMS[url],
      default: { description: 'refused', content: problemContent },
    },
  }
}

async function document(): Promise<Json> {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of await listRoutes()) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][String(route.method).toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cairn',
      version: '1',
      description:
        'The HTTP API of a Cairn node. Amounts are base units, times Unix seconds, hashes as Bitcoin shows them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`api.cookie` in the data directory holds it' },
      },
    },
  }
}

/** The OpenAPI document of the HTTP API, from the routes and their schemas. */
export const openapi: Generator = {
  name: 'openapi',
  outputs: async () =>
    new Map([['src/api/gen/openapi.json', `${JSON.stringify(await document(), undefined, 2)}\n`]]),
}
