import { CairnError, errorMessage } from '../base/errors.ts'

/**
 * Why a call to a node failed: `code` is the node's (a rule, a policy, or a failure of its API) with the figures of the
 * case as `details`; or `node-unreachable`, where nobody answered or somebody else than a node did.
 */
export class ApiError extends CairnError {
  /** of the HTTP answer; undefined where there was none */
  readonly status: number | undefined

  constructor(
    status: number | undefined,
    code: string,
    message: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(code, message, details, cause)
    this.name = 'ApiError'
    this.status = status
  }
}

/** @param error - what `fetch` rejected with */
export const noAnswer = (url: string, error: unknown): ApiError =>
  new ApiError(undefined, 'node-unreachable', `no answer from ${url}: ${reasonOf(error)}`, { url }, error)

/** fetch says "fetch failed" and keeps the reason for itself. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: unknown }
  if (name === 'TimeoutError') return 'it takes too long'
  const code = (cause as { code?: string } | undefined)?.code
  if (code === 'ECONNREFUSED') return 'nobody listens there'
  return cause === undefined ? errorMessage(error) : errorMessage(cause)
}

/** @param answer - problem details (RFC 9457) if a node answered */
export function refusal(url: string, status: number, answer: unknown): ApiError {
  const { code, detail, details } = (answer ?? {}) as Readonly<Record<string, unknown>>
  if (typeof code === 'string' && typeof detail === 'string')
    return new ApiError(status, code, detail, { ...(details as Record<string, unknown> | undefined) })
  // Something else than a node has the port.
  return new ApiError(
    status,
    'node-unreachable',
    `${url} is not the API of a Cairn node (it answered ${status})`,
    { url },
  )
}
