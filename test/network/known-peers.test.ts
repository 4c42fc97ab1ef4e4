import { describe, expect, it } from 'vitest'
import { createKnownPeers } from '../../src/network/known-peers.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const ADDRESS = ['/ip4/127.0.0.1/tcp/1']
const peerOf = (i: number): PeerId => `peer ${i}` as PeerId

function setUp() {
  const forgotten: PeerId[] = []
  const known = createKnownPeers({
    random: createSeededRandom('known'),
    onForget: (peer) => forgotten.push(peer),
  })
  return { known, forgotten }
}

describe('known peers', () => {
  it('tells a new peer from a new address', () => {
    const { known } = setUp()
    expect(known.update(peerOf(1), ADDRESS, false)).toBe(true)
    expect(known.update(peerOf(1), ['/ip4/8.8.1.1/tcp/1'], false)).toBe(false)
    expect([...known.all()]).toEqual([
      { peer: peerOf(1), addresses: ['/ip4/8.8.1.1/tcp/1'], group: '8.8', proven: false },
    ])
  })

  it('does not keep a peer without an address', () => {
    const { known } = setUp()
    known.update(peerOf(1), ADDRESS, false)
    known.update(peerOf(1), [], false)
    known.update(peerOf(2), [], true)
    expect(known.size).toBe(0)
  })

  it('remembers for good that a peer was met', () => {
    const { known } = setUp()
    known.update(peerOf(1), ADDRESS, true)
    known.update(peerOf(1), ADDRESS, false)
    expect(known.get(peerOf(1))?.proven).toBe(true)
  })

  it('holds 4096 peers, and lets those go first that were never met', () => {
    const { known, forgotten } = setUp()
    for (let i = 0; i < 1_000; i++) known.update(peerOf(i), ADDRESS, true)
    for (let i = 1_000; i < 20_000; i++) {
      known.update(peerOf(i), ADDRESS, false)
      expect(known.size).toBeLessThanOrEqual(4_096)
    }
    expect([...known.all()].filter(({ proven }) => proven)).toHaveLength(1_000)
    expect(forgotten.length).toBe(20_000 - known.size)
  })
})
