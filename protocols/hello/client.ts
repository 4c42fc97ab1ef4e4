import type { Result } from '../../src/base/result.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Cancellable, PeerId, Transport } from '../../src/ports/transport.ts'
import { withDeadline } from '../deadline.ts'
import { abortWith, closeQuietly, receiveFrame } from '../stream-end.ts'
import type { WireFault } from '../wire-fault.ts'
import { checkHello } from './check.ts'
import { decodeHello, encodeHello, type Hello } from './codec.ts'
import { HELLO_LIMITS, HELLO_TIMEOUT_MS, helloProtocol } from './protocol.ts'

export interface HelloDependencies {
  readonly transport: Transport
  readonly clock: Clock
  readonly network: NetworkParameters
}

/**
 * Says hello to a connected peer and returns its answer, checked.
 * Rejects with `deadline-exceeded`, `stream-ended`, `protocol-unsupported` or as the transport does.
 */
export function sayHello(
  { transport, clock, network }: HelloDependencies,
  peer: PeerId,
  own: Hello,
  { signal: outer }: Cancellable = {},
): Promise<Result<Hello, WireFault>> {
  return withDeadline(clock, HELLO_TIMEOUT_MS, 'hello', outer, async (signal) => {
    const stream = await transport.open(peer, helloProtocol(network), HELLO_LIMITS, { signal })
    try {
      await stream.send(encodeHello(own), { signal })
      const hello = decodeHello(await receiveFrame(stream, { signal }))
      if (!hello.ok) return hello
      const checked = checkHello(hello.value, network.genesis.hash)
      return checked.ok ? hello : checked
    } catch (error) {
      abortWith(stream, error)
      throw error
    } finally {
      closeQuietly(stream)
    }
  })
}
