import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { RegisterRoutes } from '../context.ts'
import { clientGone } from '../deadline.ts'
import { eventQuerySchema } from '../event-schemas.ts'
import { type EventSink, serveEvents } from '../events/event-client.ts'
import { createEventLog, EVENT_KINDS, type NodeEvent } from '../events/event-log.ts'
import { type EventFilter, eventStream } from '../events/event-stream.ts'
import { MAX_EVENT_CLIENTS } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { wantedScripts } from '../script.ts'

type EventQuery = z.output<typeof eventQuerySchema>

/** Bytes that may wait in a WebSocket before the next event waits for them. */
const MAX_WEBSOCKET_BYTES = 256 * 1024
const WEBSOCKET_POLL_MS = 50

/** What happens, as it happens: server-sent events, and the same over a WebSocket. */
export const registerEvents: RegisterRoutes = (app, context) => {
  const { services, clock, stopping } = context
  const { chain, mempool } = services
  const log = createEventLog({ services, clock })
  let clients = 0
  app.addHook('onReady', async () => log.start())
  app.addHook('onClose', async () => log.stop())

  /** The stream that is asked for; throws where it cannot be had. */
  function open({ kinds, address, after }: EventQuery, lastId: string | undefined) {
    if (clients >= MAX_EVENT_CLIENTS)
      throw new ApiProblem(
        503,
        'too-many-listeners',
        `${MAX_EVENT_CLIENTS} clients are told of events already`,
      )
    const addresses = new Map(
      [...wantedScripts(chain, address)].map(([script, wanted]) => [script, wanted.address]),
    )
    const filter: EventFilter = { kinds: kinds ?? new Set(EVENT_KINDS), addresses }
    const backlog = log.after(after ?? lastId)
    if (backlog === undefined)
      throw new ApiProblem(
        410,
        'events-gone',
        'events behind this id are not kept any more: read the state anew, and listen from now on',
      )
    return (signal: AbortSignal) => eventStream({ log, chain, mempool }, filter, backlog, signal)
  }

  async function serve(start: ReturnType<typeof open>, sink: EventSink, gone: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([gone, stopping])
    clients += 1
    try {
      await serveEvents(start(signal), sink, clock, signal)
    } finally {
      clients -= 1
    }
  }

  app.get(
    '/v1/events',
    { schema: { summary: 'What happens, as server-sent events', querystring: eventQuerySchema } },
    async (request: FastifyRequest<{ Querystring: EventQuery }>, reply) => {
      const lastId = request.headers['last-event-id']
      const start = open(request.query, typeof lastId === 'string' ? lastId : undefined)
      reply.hijack()
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
      })
      // So that the client knows at once that it is heard.
      reply.raw.write(': listening\n\n')
      await serve(start, eventSourceSink(reply), clientGone(reply))
      reply.raw.end()
    },
  )

  app.register(async (scope) => {
    const { default: websocket } = await import('@fastify/websocket')
    await scope.register(websocket, { options: { maxPayload: 1_024 } })
    scope.get(
      '/v1/events/ws',
      {
        websocket: true,
        schema: { summary: 'The same events over a WebSocket', querystring: eventQuerySchema },
      },
      async (socket, request) => {
        const gone = new AbortController()
        socket.on('close', () => gone.abort())
        socket.on('error', () => gone.abort())
        // Nothing is to be said to us.
        socket.on('message', () => socket.close(1008, 'only the node speaks here'))
        let start: ReturnType<typeof open>
        try {
          start = open(request.query as EventQuery, undefined)
        } catch (error) {
          if (!(error instanceof ApiProblem)) throw error
          return socket.close(4000 + error.status, error.code)
        }
        const sink: EventSink = {
          async send(event, signal) {
            socket.send(JSON.stringify(event))
            while (socket.bufferedAmount > MAX_WEBSOCKET_BYTES) await clock.sleep(WEBSOCKET_POLL_MS, signal)
          },
          beat: () => socket.ping(),
          cut: () => socket.terminate(),
        }
        await serve(start, sink, gone.signal)
        socket.close(1001, 'the node is stopping')
      },
    )
  })
}

const eventSourceText = ({ id, kind, atMs, data }: NodeEvent): string =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ atMs, ...data })}\n\n`

const eventSourceSink = ({ raw }: FastifyReply): EventSink => ({
  async send(event, signal) {
    if (!raw.write(eventSourceText(event))) await once(raw, 'drain', { signal })
  },
  beat: () => void raw.write(': alive\n\n'),
  cut: () => raw.destroy(),
})
