import { createParser } from 'eventsource-parser'
import { ApiError } from './api-error.ts'

interface BlockPlace {
  readonly hash: string
  readonly height: number
}

interface Event<Kind extends string, Data> {
  /** where to go on after this event; of no use to another run of the node */
  readonly id: string
  readonly kind: Kind
  /** Unix milliseconds */
  readonly atMs: number
  readonly data: Data
}

/** Something that happened in the node. Amounts are base units, times Unix seconds. */
export type NodeEvent =
  | Event<
      'block',
      BlockPlace & { readonly time: number; readonly transactions: number; readonly size: number }
    >
  | Event<'reorg', { readonly disconnected: readonly BlockPlace[]; readonly tip: BlockPlace }>
  | Event<
      'transaction',
      { readonly txid: string } & (
        | { readonly status: 'pending'; readonly fee: number; readonly virtualSize: number }
        | { readonly status: 'mined' }
        | { readonly status: 'dropped'; readonly reason: string }
      )
    >
  | Event<
      'peer',
      { readonly id: string } & (
        | { readonly status: 'connected'; readonly inbound: boolean; readonly address: string }
        | { readonly status: 'disconnected' }
      )
    >
  | Event<
      'sync',
      {
        readonly phase: 'idle' | 'presync' | 'headers' | 'blocks'
        readonly height: number
        readonly bestHeight: number
        readonly blocksPerSecond: number
        readonly secondsLeft: number | null
      }
    >
  | Event<
      'address',
      { readonly address: string; readonly txid: string } & (
        | { readonly status: 'pending' }
        | { readonly status: 'confirmed'; readonly block: BlockPlace }
      )
    >

/** What to be told of, and from where on. */
export interface EventFilter {
  /** all unless told */
  readonly kinds?: readonly NodeEvent['kind'][]
  /** what is paid to them or spent from them is told as events of the kind `address` */
  readonly addresses?: readonly string[]
  /** the id of the last event that was seen; only what happens from now on unless told */
  readonly after?: string
  /** ends the iteration */
  readonly signal?: AbortSignal
  /** told each time that the node listens to us: what happens from then on is told as an event */
  readonly onOpen?: () => void
  /** before a lost connection is made again, doubled with each failure in a row: milliseconds, 500 unless told */
  readonly retryMs?: number
}

/** A node sends something each 15 s: after this silence the connection is taken for lost. */
const SILENCE_MS = 45_000
const RETRY_MS = 500
const MAX_RETRY_MS = 30_000
/** The longest event that is read, in characters: a reorganisation of thousands of blocks. */
const MAX_EVENT_LENGTH = 4 * 1024 * 1024

/** Asks for events; resolves once the node listens, rejects with an `ApiError`. */
export type OpenEvents = (
  request: {
    readonly params: Readonly<Record<string, unknown>>
    readonly headers: Readonly<Record<string, string>>
  },
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>

/** The events of a node over as many connections as it takes; see `CairnClient.events`. */
export async function* listen(
  open: OpenEvents,
  { kinds, addresses, after, signal, onOpen, retryMs = RETRY_MS }: EventFilter = {},
): AsyncGenerator<NodeEvent, void, undefined> {
  const query = {
    ...(kinds === undefined ? {} : { kinds: kinds.join(',') }),
    ...(addresses === undefined ? {} : { address: addresses }),
  }
  const ended = signal ?? new AbortController().signal
  let lastId = after
  let wasHeard = false
  let failures = 0
  while (!ended.aborted) {
    const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId }
    const onHeard = (): void => {
      onOpen?.()
      wasHeard = true
      failures = 0
    }
    try {
      for await (const event of connection(open, { params: { query }, headers }, onHeard, ended)) {
        lastId = event.id
        yield event
      }
    } catch (error) {
      if (ended.aborted) return
      if (!wasHeard || isFinal(error)) throw error
    }
    await pause(Math.min(retryMs * 2 ** failures, MAX_RETRY_MS), ended)
    failures += 1
  }
}

/** Asked again, the node would say the same. */
const isFinal = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  error.status !== 429

/** The events of one connection, until it ends. */
async function* connection(
  open: OpenEvents,
  request: Parameters<OpenEvents>[0],
  onHeard: () => void,
  signal: AbortSignal,
): AsyncGenerator<NodeEvent, void, undefined> {
  const silent = new AbortController()
  const inTime = async <T>(answer: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => silent.abort(new Error('the node says nothing')), SILENCE_MS)
    try {
      return await answer
    } finally {
      clearTimeout(timer)
    }
  }
  const events: NodeEvent[] = []
  let isOpen = false
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onEvent({ id, event, data }) {
      const { atMs, ...rest } = JSON.parse(data)
      events.push({ id, kind: event, atMs, data: rest } as NodeEvent)
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw error
    },
  })
  const body = await inTime(open(request, AbortSignal.any([signal, silent.signal])))
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read())
      if (done) return
      if (!isOpen) onHeard()
      isOpen = true
      parser.feed(value)
      yield* events.splice(0)
    }
  } finally {
    // It may have failed already, which whoever read it was told.
    await reader.cancel().catch(() => {})
  }
}

/** Resolves after `ms`, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
