import { blockTopic } from '../../protocols/gossip/protocol.ts'
import { concatBytes } from '../../src/base/bytes.ts'
import { framePrefix } from '../../src/network/frame-buffer.ts'
import { eventually } from '../support/eventually.ts'
import { DEV } from '../support/test-chain.ts'
import { type Adversary, ending, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { LIBP2P_PROTOCOLS, OUR_PROTOCOLS, openOrEnd, publish } from './garbage.ts'
import { MESHSUB } from './intruder.ts'

const PROMISED = 200_000_000
const SENT = 12_000_000
const CHUNK = new Uint8Array(60_000)
/** A stream that is never reset is taken to be read for ever. */
const PATIENCE_MS = 8_000

/** Promises a frame of 200 MB and sends 12 of them, as far as it is let. */
const frame = ([name, protocol]: readonly [string, string]): Adversary => ({
  name: `oversized frame on ${name}`,
  does: `promises ${PROMISED / 1e6} MB and sends ${SENT / 1e6} of them`,
  expected: 'kept',
  attack: (victim) =>
    withIntruder(victim, {}, async (intruder): Promise<Outcome> => {
      const stream = await openOrEnd(intruder, protocol)
      if (stream === undefined) return fateNow(victim, intruder)
      try {
        stream.send(framePrefix(PROMISED))
        for (let sent = 0; sent < SENT && stream.status === 'open'; sent += CHUNK.length)
          if (!stream.send(CHUNK)) await stream.onDrain({ signal: AbortSignal.timeout(PATIENCE_MS) })
      } catch {
        // Reset, or not read any further.
      }
      return fateNow(victim, intruder)
    }),
})

const MESSAGE_BYTES = 5_000_000

const message: Adversary = {
  name: 'oversized message on the block topic',
  does: `three messages of ${MESSAGE_BYTES / 1e6} MB, above what a block can have`,
  expected: 'banned',
  attack: (victim) =>
    withIntruder(victim, {}, async (intruder): Promise<Outcome> => {
      const stream = await intruder.open(MESHSUB)
      for (let i = 0; i < 3; i++)
        publish(stream, blockTopic(DEV), concatBytes(Uint8Array.of(i), new Uint8Array(MESSAGE_BYTES)))
      await eventually('they have left', () => stream.writeBufferLength === 0 || stream.status !== 'open')
      return ending(victim, intruder)
    }),
}

export const OVERSIZE: readonly Adversary[] = [
  ...Object.entries({ ...OUR_PROTOCOLS, ...LIBP2P_PROTOCOLS }).map(frame),
  message,
]
