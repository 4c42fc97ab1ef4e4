import type { Result } from '../../src/base/result.ts'
import type { FrameStream, PeerId } from '../../src/ports/transport.ts'
import { withDeadline } from '../deadline.ts'
import { closeQuietly, receiveFrame } from '../stream-end.ts'
import type { WireFault } from '../wire-fault.ts'
import { checkHello } from './check.ts'
import type { HelloDependencies } from './client.ts'
import { decodeHello, encodeHello, type Hello } from './codec.ts'
import { HELLO_LIMITS, HELLO_TIMEOUT_MS, helloProtocol } from './protocol.ts'

export interface HelloHandlerHooks {
  /** what we say, at the moment when we are asked */
  own(): Hello
  /** the other side's hello, or what is wrong with it; called once for each stream that brought one */
  heard(peer: PeerId, hello: Result<Hello, WireFault>): void
}

/** Answers hellos. A stream that brings none in time is reset. Returns the way to stop. */
export function handleHello(
  { transport, clock, network }: HelloDependencies,
  hooks: HelloHandlerHooks,
): Promise<() => Promise<void>> {
  const exchange = (stream: FrameStream): Promise<Result<Hello, WireFault>> =>
    withDeadline(clock, HELLO_TIMEOUT_MS, 'hello', undefined, async (signal) => {
      const hello = decodeHello(await receiveFrame(stream, { signal }))
      if (!hello.ok) return hello
      // Answered even where the genesis differs, so that the other side knows why it is let go.
      await stream.send(encodeHello(hooks.own()), { signal })
      const checked = checkHello(hello.value, network.genesis.hash)
      return checked.ok ? hello : checked
    })

  return transport.handle(helloProtocol(network), HELLO_LIMITS, async (stream) => {
    const hello = await exchange(stream)
    closeQuietly(stream)
    hooks.heard(stream.peer, hello)
  })
}
