import { describe, expect, it } from 'vitest'
import { createBlockWindow } from '../../src/network/sync-window.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createTestChain } from '../support/test-chain.ts'

const [X, Y] = ['x', 'y'] as PeerId[] as [PeerId, PeerId]
const { chain } = await createTestChain()
const blocks = buildBranch(chain.genesis, emptyPlans(6, 'window'))
const hashes = blocks.map(({ hash }) => hash)
const all = () => true
const arrival = ({ hash, bytes }: Block, from: PeerId) => ({ hash, bytes, from })

describe('block window', () => {
  it('offers what was neither asked for nor has come, in order', () => {
    const window = createBlockWindow()
    window.replace(hashes)
    window.ask(hashes[0]!, X)
    window.arrive(arrival(blocks[2]!, Y))
    expect(window.unasked(2, all)).toEqual([hashes[1], hashes[3]])
    expect(window.unasked(9, (hash) => hash === hashes[5])).toEqual([hashes[5]])
  })

  it('offers again what a peer will not send, unless another one was asked meanwhile', () => {
    const window = createBlockWindow()
    window.replace(hashes)
    window.ask(hashes[0]!, X)
    window.ask(hashes[0]!, Y)
    window.release(hashes[0]!, X)
    expect(window.askedFrom(hashes[0]!)).toBe(Y)
    window.release(hashes[0]!, Y)
    expect(window.unasked(1, all)).toEqual([hashes[0]])
  })

  it('counts the bytes that wait, and forgets them with the blocks', () => {
    const window = createBlockWindow()
    window.replace(hashes)
    for (const block of blocks.slice(0, 3)) window.arrive(arrival(block, X))
    window.arrive(arrival(blocks[0]!, Y))
    const size = (block: (typeof blocks)[number]) => block.bytes.length
    expect([window.arrived, window.arrivedBytes]).toEqual([
      3,
      size(blocks[0]!) + size(blocks[1]!) + size(blocks[2]!),
    ])
    window.shift()
    expect(window.head()).toBe(hashes[1])
    expect(window.arrivedBytes).toBe(size(blocks[1]!) + size(blocks[2]!))
    window.replace([hashes[2]!, hashes[4]!])
    expect([window.arrived, window.arrivedBytes]).toEqual([1, size(blocks[2]!)])
  })

  it('takes no block that is not wanted', () => {
    const window = createBlockWindow()
    window.replace(hashes.slice(1))
    window.arrive(arrival(blocks[0]!, X))
    expect(window.arrived).toBe(0)
  })
})
