import { describe, expect, it } from 'vitest'
import { createTurns } from '../../protocols/turns.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { settle } from '../support/network-node.ts'

const [A, B, C] = ['a', 'b', 'c'] as PeerId[] as [PeerId, PeerId, PeerId]
const signal = new AbortController().signal

function setting(perPeer: number, total: number) {
  const turns = createTurns({ perPeer, total })
  const running: { peer: PeerId; giveBack: () => void }[] = []
  const ask = (peer: PeerId, stop = signal) =>
    turns.take(peer, stop).then((giveBack) => void running.push({ peer, giveBack }))
  return { running, ask }
}

describe('turns', () => {
  it('are bounded for each peer, so that a greedy one holds up only itself', async () => {
    const { running, ask } = setting(2, 10)
    for (let i = 0; i < 5; i++) void ask(A)
    void ask(B)
    await settle()
    expect(running.map(({ peer }) => peer)).toEqual([A, A, B])
  })

  it('are bounded in all', async () => {
    const { running, ask } = setting(2, 3)
    for (const peer of [A, A, B, B]) void ask(peer)
    await settle()
    expect(running).toHaveLength(3)
    running[0]!.giveBack()
    await settle()
    expect(running.map(({ peer }) => peer)).toEqual([A, A, B, B])
  })

  it('let a peer have one whatever others have taken, so that those who never finish keep nobody out', async () => {
    const { running, ask } = setting(2, 4)
    for (const peer of [A, A, B, B, C, C]) void ask(peer)
    await settle()
    expect(running.map(({ peer }) => peer)).toEqual([A, A, B, B, C])
    running[0]!.giveBack()
    await settle()
    // Four are still taken: the second of C waits until fewer are.
    expect(running).toHaveLength(5)
    running[1]!.giveBack()
    await settle()
    expect(running.map(({ peer }) => peer)).toEqual([A, A, B, B, C, C])
  })

  it('are given back once, however often that is said', async () => {
    const { running, ask } = setting(1, 1)
    for (let i = 0; i < 3; i++) void ask(A)
    await settle()
    running[0]!.giveBack()
    running[0]!.giveBack()
    await settle()
    expect(running).toHaveLength(2)
  })

  it('are not waited for any more after an abort', async () => {
    const { running, ask } = setting(1, 1)
    const controller = new AbortController()
    await ask(A)
    const waiting = ask(A, controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    running[0]!.giveBack()
    await ask(A)
    expect(running).toHaveLength(2)
    await expect(ask(A, controller.signal)).rejects.toThrow('enough')
  })
})
