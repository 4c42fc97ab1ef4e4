import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import { invariant } from '../base/errors.ts'

/** What gossipsub has read of a peer: messages, and more that passes here untouched. */
interface Rpc {
  readonly messages: readonly { readonly topic: string }[]
}

/** What the class has beyond the interface that its package exports. */
interface GuardedGossipSub {
  handleReceivedRpc(from: Libp2pPeerId, rpc: Rpc): Promise<void>
  readonly score: { addPenalty(peer: string, penalty: number, label: string): void }
}

/**
 * Keeps messages of topics that we are not in from gossipsub, and has their sender pay for each: no honest peer sends
 * one. Gossipsub would work through every one of them for nothing, and two bytes make one: a few megabytes a second of
 * empty messages stop a node.
 */
export function guardTopics(pubsub: GossipSub, isOurs: (topic: string) => boolean): void {
  invariant('handleReceivedRpc' in pubsub && 'score' in pubsub, 'gossipsub hands on each RPC by itself')
  const guarded = pubsub as unknown as GuardedGossipSub
  const handle = guarded.handleReceivedRpc.bind(guarded)
  guarded.handleReceivedRpc = async (from, rpc) => {
    const messages = rpc.messages.filter(({ topic }) => isOurs(topic))
    const strays = rpc.messages.length - messages.length
    if (strays === 0) return handle(from, rpc)
    guarded.score.addPenalty(from.toString(), strays, 'message of a foreign topic')
    return handle(from, { ...rpc, messages })
  }
}
