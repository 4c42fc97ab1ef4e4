import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { framePrefix } from '../../src/network/frame-buffer.ts'
import { eventually } from '../support/eventually.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { type Adversary, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { LIBP2P_PROTOCOLS, OUR_PROTOCOLS, openOrEnd } from './garbage.ts'
import { type Intruder, intrude } from './intruder.ts'
import type { Victim } from './victim.ts'

const SECOND_MS = 1_000
/** A stream is tried for so many seconds: longer than any exchange with libp2p may take. */
const SECONDS = 12
const STREAMS = 6

const through = (victim: Victim, port: number): string => victim.address.replace(/\/tcp\/\d+/, `/tcp/${port}`)

/** A byte a second on a stream: the victim may wait, within its limits, and must not hold more for it than the bytes. */
const onStream = ([name, protocol]: readonly [string, string]): Adversary => ({
  name: `one byte a second on ${name}`,
  does: `${STREAMS} streams with a frame that takes for ever`,
  expected: 'kept',
  attack: (victim, over) =>
    withIntruder(victim, {}, async (intruder): Promise<Outcome> => {
      const streams = await Promise.all(Array.from({ length: STREAMS }, () => openOrEnd(intruder, protocol)))
      for (let second = 0; second < SECONDS && !over.aborted; second++) {
        for (const stream of streams) {
          if (stream?.status !== 'open') continue
          try {
            stream.send(second === 0 ? framePrefix(900) : Uint8Array.of(0))
          } catch {
            // Reset meanwhile.
          }
        }
        await delay(SECOND_MS)
      }
      return fateNow(victim, intruder)
    }),
})

const BEFORE_NOISE: Adversary = {
  name: 'one byte a second from the first',
  does: 'a connection that would be secured in some minutes',
  expected: 'dropped',
  async attack(victim) {
    let isOpen = true
    const socket = connect(victim.port, '127.0.0.1')
    socket
      .on('error', () => {})
      .once('close', () => {
        isOpen = false
      })
    const words = new TextEncoder().encode('\u0013/multistream/1.0.0\n')
    let said = 0
    const saying = setInterval(() => {
      socket.resume().write(words.subarray(said, said + 1))
      said += 1
    }, SECOND_MS)
    try {
      await eventually('the victim hangs up', () => !isOpen)
      return 'dropped'
    } finally {
      clearInterval(saying)
      socket.destroy()
    }
  },
}

const INSIDE_NOISE: Adversary = {
  name: 'one byte a second inside noise and yamux',
  does: 'secured at full speed, then a byte a second: hellos and pings come too late',
  expected: 'dropped',
  async attack(victim) {
    const proxy = await startFaultProxy({ seed: 1, target: () => victim.port })
    let intruder: Intruder | undefined
    try {
      intruder = await intrude(through(victim, proxy.port), { hello: false })
      const { peer } = intruder
      await eventually('the victim has taken it in', async () => (await victim.peers()).includes(peer))
      proxy.setFaults({ bytesPerSecond: 1 })
      // What the victim sees, not we: our side of the proxy stays open.
      await eventually('the victim hangs up', async () => !(await victim.peers()).includes(peer))
      return victim.hasBanned(peer) ? 'banned' : 'dropped'
    } finally {
      await intruder?.stop()
    }
  },
}

export const TRICKLE: readonly Adversary[] = [
  BEFORE_NOISE,
  INSIDE_NOISE,
  ...Object.entries({ ...OUR_PROTOCOLS, ...LIBP2P_PROTOCOLS }).map(onStream),
]
