import type { ChainView } from '../../src/ports/chain.ts'
import { type ServeDependencies, serveRequests } from '../serve-requests.ts'
import { decodeRequest, encodeResponse } from './codec.ts'
import {
  IDLE_TIMEOUT_MS,
  MAX_HEADERS,
  MAX_TURNS,
  MAX_TURNS_PER_PEER,
  SEND_TIMEOUT_MS,
  SERVER_LIMITS,
  syncProtocol,
} from './protocol.ts'

export interface SyncHandlerDependencies extends ServeDependencies {
  readonly chain: ChainView
}

/** Serves headers and blocks of the chain. Returns the way to stop, which also ends the streams that are open. */
export function handleSync(dependencies: SyncHandlerDependencies): Promise<() => Promise<void>> {
  const { chain } = dependencies
  const options = {
    protocol: syncProtocol(chain.parameters),
    limits: SERVER_LIMITS,
    decode: decodeRequest,
    turns: { perPeer: MAX_TURNS_PER_PEER, total: MAX_TURNS },
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    sendTimeoutMs: SEND_TIMEOUT_MS,
  }
  return serveRequests(options, dependencies, async (request, send) => {
    if (request.kind === 'get-headers') {
      const headers = chain.headersAfter(request.locator, request.stop, MAX_HEADERS)
      return send(encodeResponse({ kind: 'headers', headers }))
    }
    // One block in memory at a time: the next one is read when the peer has taken this one.
    for (const hash of request.hashes) {
      // A block that has only the right form is not passed on: its next owner would answer for it.
      const bytes = chain.wasConnected(hash) ? await chain.blockBytes(hash) : undefined
      await send(encodeResponse(bytes === undefined ? { kind: 'not-found', hash } : { kind: 'block', bytes }))
    }
  })
}
