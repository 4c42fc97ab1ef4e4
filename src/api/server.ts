import type { AddressInfo, Socket } from 'node:net'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import { fastify, type RouteOptions } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { NodeServices } from '../ports/node-services.ts'
import { createTokenGuard } from './access.ts'
import type { ApiContext, ApiInstance } from './context.ts'
import { createPageGuard } from './guard.ts'
import {
  BODY_LIMIT,
  IDLE_TIMEOUT_MS,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  PREFLIGHT_SECONDS,
  RATE_WINDOW_MS,
  REQUEST_TIMEOUTS,
  type RequestTimeouts,
} from './limits.ts'
import { ApiProblem, createErrorHandler, sendProblem, toProblem } from './problem.ts'
import { refuseUnread } from './refuse-unread.ts'
import { registerBans } from './routes/bans.ts'
import { registerBlocks } from './routes/blocks.ts'
import { registerChain } from './routes/chain.ts'
import { registerCoins } from './routes/coins.ts'
import { registerDocs } from './routes/docs.ts'
import { registerEvents } from './routes/events.ts'
import { registerHistory } from './routes/history.ts'
import { registerMempool } from './routes/mempool.ts'
import { registerMetrics } from './routes/metrics.ts'
import { registerMining } from './routes/mining.ts'
import { registerNode } from './routes/node.ts'
import { registerOutsideMining } from './routes/outside-mining.ts'
import { registerPackages } from './routes/packages.ts'
import { registerPeers } from './routes/peers.ts'
import { registerPrototypes } from './routes/prototypes.ts'
import { registerStatus } from './routes/status.ts'
import { registerSupply } from './routes/supply.ts'
import { registerTransactions } from './routes/transactions.ts'
import { registerVerdicts } from './routes/verdicts.ts'

/** The API is for programs and people on this machine. */
const HOST = '127.0.0.1'

/** After this, answers that are still on their way are cut off: milliseconds. */
const CLOSE_GRACE_MS = 500

const ROUTES = [
  registerStatus,
  registerBlocks,
  registerChain,
  registerNode,
  registerTransactions,
  registerPackages,
  registerMempool,
  registerCoins,
  registerHistory,
  registerEvents,
  registerPrototypes,
  registerMetrics,
  registerDocs,
  registerPeers,
  registerBans,
  registerMining,
  registerOutsideMining,
  registerSupply,
  registerVerdicts,
]

export interface ApiOptions {
  /** 0 for a free one */
  readonly port: number
  readonly origins: ApiContext['origins']
  readonly rateLimit: ApiContext['rateLimit']
  readonly token: ApiContext['token']
  readonly timeouts?: RequestTimeouts
}

export interface ApiDependencies {
  readonly services: NodeServices
  readonly clock: Clock
  readonly logger: Logger
}

export interface ApiServer {
  /** Listens; resolves with the URL. Rejects with `api-port-in-use` or `api-not-listening`. */
  start(): Promise<string>
  /** Ends what is under way and closes every connection. */
  stop(): Promise<void>
}

/** The HTTP API on 127.0.0.1; see the README of this folder. */
export function createApiServer(options: ApiOptions, dependencies: ApiDependencies): ApiServer {
  const stopping = new AbortController()
  /** all that are open: those that were upgraded are no longer the HTTP server's to close */
  const sockets = new Set<Socket>()
  const app = createApp({ ...dependencies, ...options, stopping: stopping.signal }, dependencies.logger)
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return {
    async start() {
      try {
        await app.listen({ host: HOST, port: options.port })
      } catch (error) {
        throw listenFailed(error, options.port)
      }
      const { port } = app.server.address() as AddressInfo
      return `http://${HOST}:${port}`
    },
    async stop() {
      stopping.abort(new ApiProblem(503, 'stopping', 'the node is stopping'))
      const cancel = dependencies.clock.after(CLOSE_GRACE_MS, () => {
        for (const socket of sockets) socket.destroy()
      })
      try {
        await app.close()
      } finally {
        cancel()
      }
    },
  }
}

function listenFailed(error: unknown, port: number): CairnError {
  if (errorCode(error) === 'EADDRINUSE')
    return new CairnError(
      'api-port-in-use',
      `port ${port} on ${HOST} is in use: choose another with --api-port, or none with --no-api`,
      { port },
      error,
    )
  return new CairnError(
    'api-not-listening',
    `cannot listen on ${HOST}:${port} (--api-port): ${errorMessage(error)}`,
    { port },
    error,
  )
}

/**
 * The application without a socket.
 * @param onRoute - told of each route
 */
export function createApp(
  context: ApiContext,
  logger: Logger,
  onRoute: (route: RouteOptions) => void = () => {},
): ApiInstance {
  const { headersMs, requestMs, checkMs } = context.timeouts ?? REQUEST_TIMEOUTS
  const app: ApiInstance = fastify({
    bodyLimit: BODY_LIMIT,
    http: {
      headersTimeout: headersMs,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    requestTimeout: requestMs,
    connectionTimeout: IDLE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // A bad path or a bad method never reaches a route: answered in the same form.
    frameworkErrors: (error, _request, reply) => sendProblem(reply, toProblem(error)),
    clientErrorHandler: refuseUnread,
  }).withTypeProvider()
  app.server.maxConnections = MAX_CONNECTIONS
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // Only JSON: a form on another page can send plain text without asking first (CORS).
  app.removeContentTypeParser('text/plain')
  app.addHook('onRoute', onRoute)
  app.addHook('onRequest', createPageGuard(context.origins))
  app.addHook('onRequest', createTokenGuard(context.token))
  app.setErrorHandler(createErrorHandler(logger))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new ApiProblem(404, 'route-unknown', `there is no ${request.method} ${request.url}`)),
  )
  if (context.origins.length > 0)
    app.register(cors, {
      origin: [...context.origins],
      methods: ['GET', 'POST', 'DELETE'],
      allowedHeaders: ['authorization', 'content-type', 'last-event-id'],
      maxAge: PREFLIGHT_SECONDS,
    })
  app.register(rateLimit, {
    max: context.rateLimit,
    timeWindow: RATE_WINDOW_MS,
    errorResponseBuilder: () =>
      new ApiProblem(429, 'too-many-requests', `more than ${context.rateLimit} requests in a second`),
  })
  // After the two above have been loaded: they look at each route as it comes.
  app.register(async (scope) => {
    for (const register of ROUTES) register(scope as unknown as ApiInstance, context)
  })
  return app
}
