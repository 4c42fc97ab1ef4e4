import createFetchClient, { type FetchOptions, type FetchResponse } from 'openapi-fetch'
import { noAnswer, refusal } from './api-error.ts'
import { type EventFilter, listen, type NodeEvent } from './events.ts'
import type { paths } from './gen/paths.ts'

export { ApiError } from './api-error.ts'
export type { EventFilter, NodeEvent } from './events.ts'

/** A little more than a node takes for its longest answers but those that search or read everything. */
const DEFAULT_TIMEOUT_MS = 40_000

/** The one that does not answer with JSON, but in Prometheus' text format. */
const TEXT_ROUTE = '/metrics'

type Method = 'get' | 'post' | 'delete'
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { readonly [K in M]: unknown } ? P : never
}[keyof paths]
type Operation<P extends keyof paths, M extends Method> = Extract<paths[P][M], Record<string, unknown>>

/** What a route answers with: `Answer<'/v1/status'>`. */
export type Answer<P extends keyof paths, M extends Method = 'get'> = NonNullable<
  FetchResponse<Operation<P, M>, object, `${string}/${string}`>['data']
>

export interface CallOptions {
  /** aborts the call, which then rejects with its reason */
  readonly signal?: AbortSignal | undefined
  /** how long the whole answer may take; the client's unless told */
  readonly timeoutMs?: number | undefined
}

/** What is only read may be read-only. */
type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Given<T[K]> }
    : T

type Params<P extends keyof paths, M extends Method> = Given<
  Pick<FetchOptions<Operation<P, M>>, Extract<'params' | 'body', keyof FetchOptions<Operation<P, M>>>>
>
type Rest<P extends keyof paths, M extends Method> =
  object extends Params<P, M> ? [options?: Params<P, M> & CallOptions] : [options: Params<P, M> & CallOptions]

/**
 * Calls a route by its path in the OpenAPI document, with `params.path`, `params.query` and `body` as it says there.
 * Rejects with an `ApiError`, or with the signal's reason.
 */
export type Call<M extends Method> = <P extends PathOf<M>>(
  path: P,
  ...options: Rest<P, M>
) => Promise<Answer<P, M>>

/** The HTTP API of a node, for Node and browsers. */
export interface CairnClient {
  readonly url: string
  readonly get: Call<'get'>
  readonly post: Call<'post'>
  readonly delete: Call<'delete'>
  /**
   * What happens in the node, until the signal aborts. A lost connection is made again, and the events in between are
   * told. Throws an `ApiError` where there is no first connection, or the node refuses; with the code `events-gone`
   * where it does not know any more what was missed: read the state anew, and listen from there.
   */
  events(filter?: EventFilter): AsyncGenerator<NodeEvent, void, undefined>
}

export interface ClientOptions {
  /** what `api.cookie` in the node's data directory holds; without it only reading is allowed */
  readonly token?: string | undefined
  /** milliseconds for a whole answer; 40 s unless told */
  readonly timeoutMs?: number
  /** `globalThis.fetch` unless told */
  readonly fetch?: (request: Request) => Promise<Response>
}

interface UntypedInit {
  readonly params?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}
/** What openapi-fetch answers with where the types do not follow the path. */
interface UntypedAnswer {
  readonly data?: unknown
  readonly error?: unknown
  readonly response: Response
}

/**
 * A client of the node at `url`; nothing is asked yet.
 *
 *     const client = createClient('http://127.0.0.1:9472', { token })
 *     const { tip } = await client.get('/v1/status')
 *     const block = await client.get('/v1/blocks/{hashOrHeight}', { params: { path: { hashOrHeight: '7' } } })
 *     for await (const event of client.events({ kinds: ['block'] })) console.log(event.data.height)
 */
export function createClient(url: string, options: ClientOptions = {}): CairnClient {
  const { token, timeoutMs: usualTimeoutMs = DEFAULT_TIMEOUT_MS } = options
  const { request } = createFetchClient<paths>({
    baseUrl: url,
    redirect: 'error',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    fetch: options.fetch ?? ((input) => globalThis.fetch(input)),
  })
  const ask = request as unknown as (
    method: Method,
    path: string,
    init: UntypedInit & { readonly parseAs: 'text' | 'stream'; readonly signal: AbortSignal },
  ) => Promise<UntypedAnswer>

  async function call(method: Method, path: string, given: UntypedInit & CallOptions = {}): Promise<unknown> {
    const { signal, timeoutMs = usualTimeoutMs, ...init } = given
    const late = AbortSignal.timeout(timeoutMs)
    const either = signal === undefined ? late : AbortSignal.any([signal, late])
    let answer: UntypedAnswer
    try {
      answer = await ask(method, path, { ...init, parseAs: 'text', signal: either })
    } catch (error) {
      signal?.throwIfAborted()
      throw noAnswer(url, error)
    }
    const { data, error, response } = answer
    const { status } = response
    // That a node is not ready is what was asked.
    if (path === '/v1/ready' && status === 503 && (error as { ready?: unknown })?.ready === false)
      return error
    if (!response.ok) throw refusal(url, status, error)
    if (path === TEXT_ROUTE) return data
    const body = parse(String(data))
    if (body === undefined) throw refusal(url, status, undefined)
    return body
  }

  /** Resolves with what the node sends once it listens. */
  async function openEvents(
    init: UntypedInit & { readonly headers: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    let answer: UntypedAnswer
    try {
      answer = await ask('get', '/v1/events', { ...init, parseAs: 'stream', signal })
    } catch (error) {
      throw noAnswer(url, error)
    }
    const { data, error, response } = answer
    if (!(data instanceof ReadableStream)) throw refusal(url, response.status, error)
    return data
  }

  return {
    url,
    get: ((path, init) => call('get', path, init)) as Call<'get'>,
    post: ((path, init) => call('post', path, init)) as Call<'post'>,
    delete: ((path, init) => call('delete', path, init)) as Call<'delete'>,
    events: (filter) => listen(openEvents, filter),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
