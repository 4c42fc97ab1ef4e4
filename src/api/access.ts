import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify'
import { equalBytes } from '../base/bytes.ts'
import { sha256 } from '../primitives/hash.ts'
import { ApiProblem } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** who may call a route: `anyone` on this machine, or only whoever knows the token; where unset, reading is for anyone */
    readonly access?: 'anyone' | 'token'
  }
}

/** For a route that only reads, whatever its method. */
export const FOR_ANYONE = { access: 'anyone' } as const

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export const needsToken = (method: string, config: FastifyContextConfig | undefined): boolean =>
  (config?.access ?? (READING.has(method) ? 'anyone' : 'token')) === 'token'

const text = new TextEncoder()

/** Equal in a time that does not depend on where they differ. */
const isSame = (a: string, b: string): boolean => equalBytes(sha256(text.encode(a)), sha256(text.encode(b)))

/**
 * Lets only those who know the token change anything: other users of this machine can reach the port, but cannot read
 * the file that the token is in.
 */
export function createTokenGuard(token: string) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { url, config } = request.routeOptions
    // A path that is not there is told to everyone.
    if (url === undefined) return
    if (!needsToken(request.method, config)) return
    const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined && isSame(given, token)) return
    reply.header('www-authenticate', 'Bearer')
    if (given === undefined)
      throw new ApiProblem(
        401,
        'token-missing',
        "this needs the node's token as `Authorization: Bearer …`; it stands in `api.cookie` in the data directory",
      )
    throw new ApiProblem(401, 'token-wrong', "this is not the node's token; each start makes a new one")
  }
}
