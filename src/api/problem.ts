import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { errorCode } from '../base/errors.ts'
import type { Logger } from '../ports/logger.ts'
import type { Problem } from './schemas.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** Thrown by a handler that refuses a request. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(status: number, code: string, detail: string, details?: Readonly<Record<string, unknown>>) {
    super(detail)
    this.name = 'ApiProblem'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** Failures of the node that are answers to the caller, not faults. */
const STATUS_OF_FAILURE: Readonly<Record<string, number>> = {
  'address-malformed': 400,
  'address-not-private': 422,
  'peer-banned': 409,
  'peer-denied': 409,
  'dial-failed': 502,
  'address-index-off': 409,
  'transaction-index-off': 409,
  'block-pruned': 410,
  'disk-full': 507,
}

/** Answers that the log has to tell of as well. */
const FAULTS: ReadonlySet<number> = new Set([500, 507])

export function problemBody({ status, code, message, details }: ApiProblem): Problem {
  const title = STATUS_CODES[status] ?? 'Error'
  // Figures may be bigints, which JSON cannot hold.
  const plain = details && (JSON.parse(JSON.stringify(details, hexOfBigint)) as Record<string, unknown>)
  return {
    type: 'about:blank',
    title,
    status,
    code,
    detail: message.length > MAX_DETAIL ? `${message.slice(0, MAX_DETAIL)}…` : message,
    ...(plain && Object.keys(plain).length > 0 ? { details: plain } : {}),
  }
}

const hexOfBigint = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString(16) : value

/** Some sentences quote what was asked: not all of it. */
const MAX_DETAIL = 500

/** A list of a thousand bad addresses needs no thousand complaints. */
const MAX_ISSUES = 5

/** What to answer for anything that was thrown on the way; a fault of ours tells the caller nothing of our insides. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.slice(0, MAX_ISSUES).map(({ instancePath, message }) => ({
      at: `${error.validationContext ?? 'request'}${instancePath === '/' ? '' : instancePath}`,
      message: message ?? 'not allowed',
    }))
    const detail = issues.map(({ at, message }) => `${at}: ${message}`).join('; ')
    return new ApiProblem(400, 'request-invalid', detail, { issues })
  }
  const code = errorCode(error)
  const known = code === undefined ? undefined : STATUS_OF_FAILURE[code]
  if (code !== undefined && known !== undefined) return new ApiProblem(known, code, (error as Error).message)
  const status = (error as Partial<FastifyError>)?.statusCode
  if (code?.startsWith('FST_ERR_') && status !== undefined && status >= 400 && status < 500)
    return new ApiProblem(status, codeOfFastify(code), (error as Error).message)
  return new ApiProblem(500, 'internal-error', 'the node failed to answer; its log says why')
}

/** `FST_ERR_CTP_BODY_TOO_LARGE` is `body-too-large`. */
const codeOfFastify = (code: string): string =>
  code
    .replace(/^FST_ERR_(?:CTP_)?/, '')
    .toLowerCase()
    .replaceAll('_', '-')

export function sendProblem(reply: FastifyReply, problem: ApiProblem): FastifyReply {
  const { request, raw } = reply
  // Nobody times out a socket that is to become something else: a refusal ends it.
  if (request.headers.upgrade !== undefined) raw.once('finish', () => request.raw.socket.destroySoon())
  // Past the response schemas, which are for answers: this form is the same everywhere.
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problemBody(problem))
}

export function createErrorHandler(logger: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(error)
    if (FAULTS.has(problem.status))
      logger.error('request failed', { method: request.method, route: request.routeOptions.url, error })
    return sendProblem(reply, problem)
  }
}
