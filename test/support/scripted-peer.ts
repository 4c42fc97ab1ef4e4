import type { Hello } from '../../protocols/hello/codec.ts'
import { handleHello } from '../../protocols/hello/handler.ts'
import { HELLO_VERSION, SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import {
  decodeRequest,
  encodeResponse,
  type SyncRequest,
  type SyncResponse,
} from '../../protocols/sync/codec.ts'
import { MAX_HEADERS, SERVER_LIMITS, syncProtocol } from '../../protocols/sync/protocol.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { FrameStream } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { FakeClock } from './fake-clock.ts'
import type { MemoryNetwork, MemoryTransport } from './memory-transport.ts'
import { DEV } from './test-chain.ts'

/** A peer that says and serves what the test wants, right or wrong. */
export interface ScriptedPeer {
  readonly transport: MemoryTransport
  /** requests that it was asked, in order */
  readonly asked: SyncRequest[]
}

export interface ScriptedPeerOptions {
  readonly clock: FakeClock
  readonly parameters?: NetworkParameters
  /** its chain after genesis, lowest first; nothing of it is checked */
  readonly blocks?: readonly Block[]
  readonly hello?: Partial<Hello>
  /** replaces what is answered to a request; undefined answers as an honest peer would */
  readonly answer?: (request: SyncRequest, stream: FrameStream) => Promise<void> | undefined
}

/** What an honest peer with these blocks answers. */
export function honestAnswers(request: SyncRequest, blocks: readonly Block[]): SyncResponse[] {
  if (request.kind === 'get-blocks')
    return request.hashes.map((hash) => {
      const block = blocks.find((each) => each.hash === hash)
      return block === undefined ? { kind: 'not-found', hash } : { kind: 'block', bytes: block.bytes }
    })
  const known = request.locator.map((hash) => blocks.findIndex((block) => block.hash === hash))
  const from = known.find((index) => index >= 0) ?? -1
  return [
    { kind: 'headers', headers: blocks.slice(from + 1, from + 1 + MAX_HEADERS).map(({ header }) => header) },
  ]
}

export async function createScriptedPeer(
  network: MemoryNetwork,
  name: string,
  { clock, parameters = DEV, blocks = [], hello = {}, answer }: ScriptedPeerOptions,
): Promise<ScriptedPeer> {
  const transport = network.join(name)
  const asked: SyncRequest[] = []
  await handleHello(
    { transport, clock, network: parameters },
    {
      own: () => ({
        version: HELLO_VERSION,
        genesis: parameters.genesis.hash,
        tip: blocks.at(-1)?.hash ?? parameters.genesis.hash,
        height: blocks.length,
        work: BigInt(blocks.length) * 2n,
        services: SERVICE_BLOCKS,
        userAgent: `scripted/${name}`,
        ...hello,
      }),
      heard() {},
    },
  )
  await transport.handle(syncProtocol(parameters), SERVER_LIMITS, async (stream) => {
    for (;;) {
      const frame = await stream.receive()
      if (frame === undefined) return
      const request = decodeRequest(frame)
      if (!request.ok) throw new Error(request.error.code)
      asked.push(request.value)
      const special = answer?.(request.value, stream)
      if (special !== undefined) await special
      else
        for (const response of honestAnswers(request.value, blocks))
          await stream.send(encodeResponse(response))
    }
  })
  return { transport, asked }
}
