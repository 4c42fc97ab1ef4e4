import { CairnError } from '../../src/base/errors.ts'
import type { ChainView } from '../../src/ports/chain.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { FrameStream, PeerId, Transport } from '../../src/ports/transport.ts'
import { withDeadline } from '../deadline.ts'
import { closeQuietly } from '../stream-end.ts'
import type { WireFault } from '../wire-fault.ts'
import { decodeRequest, encodeResponse, type SyncRequest, type SyncResponse } from './codec.ts'
import {
  IDLE_TIMEOUT_MS,
  MAX_HEADERS,
  MAX_TURNS,
  MAX_TURNS_PER_PEER,
  SEND_TIMEOUT_MS,
  SERVER_LIMITS,
  syncProtocol,
} from './protocol.ts'
import { createTurns } from './turns.ts'

export interface SyncHandlerDependencies {
  readonly transport: Transport
  readonly chain: ChainView
  readonly clock: Clock
  /** told of a request that breaks the protocol; its stream is reset anyway */
  readonly onFault: (peer: PeerId, fault: WireFault) => void
}

/** Serves headers and blocks of the chain. Returns the way to stop, which also ends the streams that are open. */
export async function handleSync(dependencies: SyncHandlerDependencies): Promise<() => Promise<void>> {
  const { transport, chain, clock, onFault } = dependencies
  const turns = createTurns({ perPeer: MAX_TURNS_PER_PEER, total: MAX_TURNS })
  const stopping = new AbortController()

  const nextRequest = (stream: FrameStream): Promise<Uint8Array | undefined> =>
    withDeadline(clock, IDLE_TIMEOUT_MS, 'request', stopping.signal, (signal) => stream.receive({ signal }))

  const send = (stream: FrameStream, response: SyncResponse): Promise<void> =>
    withDeadline(clock, SEND_TIMEOUT_MS, 'reader', stopping.signal, (signal) =>
      stream.send(encodeResponse(response), { signal }),
    )

  async function answer(stream: FrameStream, request: SyncRequest): Promise<void> {
    if (request.kind === 'get-headers') {
      const headers = chain.headersAfter(request.locator, request.stop, MAX_HEADERS)
      return send(stream, { kind: 'headers', headers })
    }
    // One block in memory at a time: the next one is read when the peer has taken this one.
    for (const hash of request.hashes) {
      const bytes = await chain.blockBytes(hash)
      await send(stream, bytes === undefined ? { kind: 'not-found', hash } : { kind: 'block', bytes })
    }
  }

  async function serve(stream: FrameStream): Promise<void> {
    for (;;) {
      const frame = await nextRequest(stream)
      if (frame === undefined) return closeQuietly(stream)
      const request = decodeRequest(frame)
      if (!request.ok) {
        onFault(stream.peer, request.error)
        throw new CairnError('request-refused', request.error.message, { code: request.error.code })
      }
      const giveBack = await turns.take(stream.peer, stopping.signal)
      try {
        await answer(stream, request.value)
      } finally {
        giveBack()
      }
    }
  }

  const unhandle = await transport.handle(syncProtocol(chain.parameters), SERVER_LIMITS, serve)
  return async () => {
    stopping.abort(new CairnError('stopping', 'the node is stopping'))
    await unhandle()
  }
}
