import type { FastifyRequest } from 'fastify'
import { ApiProblem } from './problem.ts'

/** Of what is told back. */
const MAX_ORIGIN = 200

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

function hostnameOf(authority: string): string | undefined {
  return /^(\[[0-9a-fA-F:]+\]|[^:[\]/@]+)(?::\d{1,5})?$/.exec(authority)?.[1]?.toLowerCase()
}

/**
 * Keeps web pages out of an API that listens on this machine only.
 *
 * DNS rebinding: a page's own name may be made to lead here, but its requests then still carry that name in `Host`.
 * Cross-site requests: a browser states the page in `Origin`, which has to be this API itself, or one that the user allows.
 * @param allowed - origins of other pages
 */
export const createPageGuard =
  (allowed: readonly string[]) =>
  async (request: FastifyRequest): Promise<void> => {
    const { host, origin } = request.headers
    const name = host === undefined ? undefined : hostnameOf(host)
    if (name === undefined || !LOOPBACK_NAMES.has(name))
      throw new ApiProblem(
        403,
        'host-not-allowed',
        'the Host header has to name this machine: 127.0.0.1 or localhost',
      )
    if (origin === undefined || origin.toLowerCase() === `http://${host!.toLowerCase()}`) return
    if (!allowed.includes(origin))
      throw new ApiProblem(
        403,
        'origin-not-allowed',
        `pages of ${origin.slice(0, MAX_ORIGIN)} may not ask this node; --api-origin would let them`,
      )
  }
