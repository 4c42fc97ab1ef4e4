import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Clock } from '../ports/clock.ts'
import type { NodeServices } from '../ports/node-services.ts'
import type { RequestTimeouts } from './limits.ts'

/** A server whose requests and answers are typed by their zod schemas. */
export type ApiInstance = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** What the routes answer from. */
export interface ApiContext {
  readonly services: NodeServices
  readonly clock: Clock
  /** of web pages that may use the API */
  readonly origins: readonly string[]
  /** requests a second that one client is answered */
  readonly rateLimit: number
  /** what whoever changes something has to know */
  readonly token: string
  /** `REQUEST_TIMEOUTS` unless told */
  readonly timeouts?: RequestTimeouts
  /** aborts when the API stops */
  readonly stopping: AbortSignal
}

export type RegisterRoutes = (app: ApiInstance, context: ApiContext) => void
