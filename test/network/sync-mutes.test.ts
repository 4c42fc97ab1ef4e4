import { expect, it } from 'vitest'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, until } from '../support/network-node.ts'
import { createScriptedPeer } from '../support/scripted-peer.ts'
import { createTestChain } from '../support/test-chain.ts'

const MUTES = 40

it('a crowd that dials us, never gives a block and always comes back does not keep one from us that we dialled', async () => {
  const blocks = buildBranch((await createTestChain()).chain.genesis, emptyPlans(1, 'mutes'))
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'late', { clock })
  const join = (name: string, isMute: boolean) =>
    createScriptedPeer(network, name, {
      clock,
      blocks,
      answer: ({ kind }) => (isMute && kind === 'get-blocks' ? new Promise<never>(() => {}) : undefined),
    })
  const mutes = await Promise.all(Array.from({ length: MUTES }, (_, i) => join(`mute ${i}`, true)))
  const comeBack = (): void => {
    const there = new Set(node.transport.connections().map(({ peer }) => peer))
    for (const { transport } of mutes) if (!there.has(transport.self)) transport.connect(node.transport)
  }
  comeBack()
  await until(clock, 'they are there', () => node.sessions.list().length === MUTES)
  const honest = await join('honest', false)
  node.transport.connect(honest.transport)
  const isThere = (): boolean => {
    comeBack()
    return node.chain.tip().height === 1
  }
  // The first who was asked has the ten seconds of an answer.
  expect(await until(clock, 'the block is there', isThere)).toBeLessThan(12_000)
})
