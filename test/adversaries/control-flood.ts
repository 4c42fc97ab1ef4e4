import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import type { Stream } from '@libp2p/interface'
import { blockTopic, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { createDice, type Dice } from '../fuzz/dice.ts'
import { DEV } from '../support/test-chain.ts'
import { type Adversary, ending, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { MESHSUB, sendFrame } from './intruder.ts'

const TOPICS = [transactionTopic(DEV), blockTopic(DEV)]
const IDS_A_MESSAGE = 500
/** What one flood says at most, in bytes and in messages. */
const FLOOD_BYTES = 5_000_000
const FLOOD_MESSAGES = 500
const LEISURE_MS = 100

type Control = Partial<NonNullable<RPC['control']>>

const rpc = (control: Control, rest: Partial<RPC> = {}): Uint8Array =>
  RPC.encode({
    subscriptions: [],
    messages: [],
    ...rest,
    control: { ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...control },
  })

const ids = (dice: Dice): Uint8Array[] =>
  Array.from({ length: IDS_A_MESSAGE }, () => Uint8Array.from({ length: 20 }, () => dice.below(256)))

const SUBSCRIBE = RPC.encode({
  subscriptions: TOPICS.map((topic) => ({ subscribe: true, topic })),
  messages: [],
})

/** One flood: a message after the other as fast as the victim takes them. */
async function flood(
  stream: Stream,
  next: (dice: Dice) => Uint8Array,
  over: AbortSignal,
  untilEnd: boolean,
): Promise<void> {
  const dice = createDice(7)
  try {
    sendFrame(stream, SUBSCRIBE)
    for (let said = 0, bytes = 0; stream.status === 'open' && !over.aborted; said++) {
      // Faults are counted once a second: who has said it all goes on at leisure, until it is hung up on.
      if (said >= FLOOD_MESSAGES || bytes >= FLOOD_BYTES) {
        if (!untilEnd) return
        await new Promise((resolve) => setTimeout(resolve, LEISURE_MS))
      }
      const message = next(dice)
      bytes += message.length
      sendFrame(stream, message)
      while (stream.writeBufferLength > 1_000_000 && stream.status === 'open' && !over.aborted)
        await new Promise((resolve) => setTimeout(resolve, 5))
      if (said % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  } catch {
    // The victim has had enough.
  }
}

const control = (
  name: string,
  does: string,
  expected: Outcome,
  next: (dice: Dice) => Uint8Array,
): Adversary => ({
  name: `${name} flood`,
  does,
  expected,
  attack: (victim, over) =>
    withIntruder(victim, {}, async (intruder) => {
      const stream = await intruder.open(MESHSUB)
      await flood(stream, next, over, expected === 'banned')
      return expected === 'kept' ? fateNow(victim, intruder) : ending(victim, intruder)
    }),
})

const both = <T>(make: (topicID: string) => T): T[] => TOPICS.map(make)

export const CONTROL_FLOODS: readonly Adversary[] = [
  control('IHAVE', `${IDS_A_MESSAGE} ids a message that it never delivers`, 'banned', (dice) =>
    rpc({ ihave: both((topicID) => ({ topicID, messageIDs: ids(dice) })) }),
  ),
  control('GRAFT and PRUNE', 'leaves the mesh and joins it again, without a pause', 'banned', () =>
    rpc({
      prune: both((topicID) => ({ topicID, peers: [], backoff: 60 })),
      graft: both((topicID) => ({ topicID })),
    }),
  ),
  control('IWANT', `asks for ${IDS_A_MESSAGE} unknown messages at a time`, 'kept', (dice) =>
    rpc({ iwant: [{ messageIDs: ids(dice) }] }),
  ),
  control('IDONTWANT', `${IDS_A_MESSAGE} ids a message`, 'kept', (dice) =>
    rpc({ idontwant: [{ messageIDs: ids(dice) }] }),
  ),
  control('PRUNE', 'with invented peers to connect to', 'kept', (dice) =>
    rpc({
      prune: both((topicID) => ({
        topicID,
        backoff: 2 ** 40,
        peers: ids(dice)
          .slice(0, 16)
          .map((peerID) => ({ peerID, signedPeerRecord: peerID })),
      })),
    }),
  ),
  control('subscription', 'topics of 1 kB each, 100 a message', 'kept', (dice) =>
    RPC.encode({
      subscriptions: Array.from({ length: 100 }, () => ({
        subscribe: true,
        topic: `${dice.below(2 ** 32)}`.padEnd(1_000, 'x'),
      })),
      messages: [],
    }),
  ),
  control('empty message', '4,000 messages without anything in one', 'banned', () => {
    const bytes = new Uint8Array(8_000)
    // Field 2, length 0.
    for (let at = 0; at < bytes.length; at += 2) bytes[at] = 0x12
    return bytes
  }),
]
