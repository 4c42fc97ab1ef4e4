import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { expect, it } from 'vitest'
import { guardTopics } from '../../src/network/gossip-guard.ts'

/** What of gossipsub is guarded: what has come through, and what peers were charged. */
function pubsub() {
  const came: string[][] = []
  const charged: [peer: string, penalty: number][] = []
  const fake = {
    async handleReceivedRpc(_from: unknown, rpc: { messages: { topic: string }[] }) {
      came.push(rpc.messages.map(({ topic }) => topic))
    },
    score: { addPenalty: (peer: string, penalty: number) => void charged.push([peer, penalty]) },
  }
  guardTopics(fake as unknown as GossipSub, (topic) => topic === 'ours')
  const say = (...topics: string[]) =>
    fake.handleReceivedRpc('peer', { messages: topics.map((topic) => ({ topic })) })
  return { came, charged, say }
}

it('hands on what is of our topics, and charges nobody for it', async () => {
  const { came, charged, say } = pubsub()
  await say('ours', 'ours')
  await say()
  expect(came).toEqual([['ours', 'ours'], []])
  expect(charged).toEqual([])
})

it('keeps messages of other topics back, and has their sender pay for each', async () => {
  const { came, charged, say } = pubsub()
  await say('', 'ours', 'theirs')
  expect(came).toEqual([['ours']])
  expect(charged).toEqual([['peer', 2]])
})
