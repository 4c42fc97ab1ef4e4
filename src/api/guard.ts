import type { FastifyRequest } from 'fastify'
import { ApiProblem } from './problem.ts'

const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

function hostnameOf(authority: string): string | undefined {
  return /^(\[[0-9a-fA-F:]+\]|[^:[\]/@]+)(?::\d{1,5})?$/.exec(authority)?.[1]?.toLowerCase()
}

/**
 * Keeps web pages out of an API that listens on this machine only.
 *
 * DNS rebinding: a page's own name may be made to lead here, but its requests then still carry that name in `Host`.
 * Cross-site requests: a browser states the page in `Origin`, which has to be this API itself.
 */
export async function refuseForeignPages({ headers }: FastifyRequest): Promise<void> {
  const { host, origin } = headers
  const name = host === undefined ? undefined : hostnameOf(host)
  if (name === undefined || !LOOPBACK_NAMES.has(name))
    throw new ApiProblem(
      403,
      'host-not-allowed',
      'the Host header has to name this machine: 127.0.0.1 or localhost',
    )
  if (origin !== undefined && origin.toLowerCase() !== `http://${host!.toLowerCase()}`)
    throw new ApiProblem(403, 'origin-not-allowed', 'requests from pages of other origins are not allowed')
}
