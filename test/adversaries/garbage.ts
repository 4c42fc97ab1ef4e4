import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import type { Stream } from '@libp2p/interface'
import { blockTopic, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { helloProtocol } from '../../protocols/hello/protocol.ts'
import { protocolId } from '../../protocols/protocol-id.ts'
import { syncProtocol } from '../../protocols/sync/protocol.ts'
import { concatBytes } from '../../src/base/bytes.ts'
import { framePrefix } from '../../src/network/frame-buffer.ts'
import { createDice } from '../fuzz/dice.ts'
import { DEV } from '../support/test-chain.ts'
import { type Adversary, ending, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { type Intruder, MESHSUB, NETWORK, sendFrame } from './intruder.ts'

export const RELAY = protocolId(DEV, 'relay', '1.0.0')

/** Protocols of libp2p that the network has under its own id. */
export const LIBP2P_PROTOCOLS = {
  identify: `/${NETWORK}/id/1.0.0`,
  'identify push': `/${NETWORK}/id/push/1.0.0`,
  ping: `/${NETWORK}/ping/1.0.0`,
  DHT: `/${NETWORK}/kad/1.0.0`,
  gossipsub: MESHSUB,
}
export const OUR_PROTOCOLS = { hello: helloProtocol(DEV), sync: syncProtocol(DEV), relay: RELAY }

/** No protobuf: a field of wire type 7. */
export const noise = (length: number): Uint8Array => {
  const dice = createDice(length)
  return Uint8Array.from({ length }, (_, i) => (i === 0 ? 0x0f : dice.below(256)))
}

const MESSAGES = 8
/** A stream that the victim resets may take the next ones with it. */
const tryTo = (act: () => unknown): void => {
  try {
    act()
  } catch {
    // The stream has gone: so has what was to be said on it.
  }
}

/** Opens a stream, or tells that the victim has had enough. */
export const openOrEnd = (intruder: Intruder, protocol: string): Promise<Stream | undefined> =>
  intruder.open(protocol).catch(() => undefined)

export function publish(stream: Stream, topic: string, data: Uint8Array): void {
  const messages = [{ topic, data }]
  sendFrame(stream, RPC.encode({ subscriptions: [], messages }))
}

/** Frames of noise on a protocol of ours: whoever sends such is no node of ours. */
const onProtocol = ([name, protocol]: readonly [string, string]): Adversary => ({
  name: `garbage on ${name}`,
  does: 'a whole frame that is no protobuf',
  expected: 'banned',
  attack: (victim) =>
    withIntruder(victim, {}, async (intruder) => {
      const stream = await openOrEnd(intruder, protocol)
      if (stream !== undefined) sendFrame(stream, noise(900))
      return ending(victim, intruder)
    }),
})

const onTopic = (name: string, topic: string): Adversary => ({
  name: `garbage on the ${name} topic`,
  does: `${MESSAGES} messages that are no protobuf`,
  expected: 'banned',
  attack: (victim) =>
    withIntruder(victim, {}, async (intruder) => {
      const stream = await intruder.open(MESHSUB)
      for (let i = 0; i < MESSAGES; i++) tryTo(() => publish(stream, topic, noise(300 + i)))
      return ending(victim, intruder)
    }),
})

/** libp2p forgives what it cannot read; what counts is that it costs nothing. */
const onLibp2p = ([name, protocol]: readonly [string, string]): Adversary => ({
  name: `garbage on ${name}`,
  does: `${MESSAGES} streams, each with a frame of noise, one with noise and no frame`,
  expected: 'kept',
  attack: (victim) =>
    withIntruder(victim, {}, async (intruder): Promise<Outcome> => {
      for (let i = 0; i < MESSAGES; i++) {
        const stream = await openOrEnd(intruder, protocol)
        if (stream === undefined) break
        const bytes = noise(1_000 + i)
        tryTo(() => stream.send(i === 0 ? bytes : concatBytes(framePrefix(bytes.length), bytes)))
      }
      return fateNow(victim, intruder)
    }),
})

export const GARBAGE: readonly Adversary[] = [
  ...Object.entries(OUR_PROTOCOLS).map(onProtocol),
  onTopic('transaction', transactionTopic(DEV)),
  onTopic('block', blockTopic(DEV)),
  ...Object.entries(LIBP2P_PROTOCOLS).map(onLibp2p),
]
