import { expect } from 'vitest'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { createFakeClock } from './fake-clock.ts'
import { copyDirectory, openChainIn } from './history-directories.ts'
import { createTestChain } from './test-chain.ts'
import type { Tip } from './told-tip.ts'

/** The chain that a process has left in a data directory, opened as a copy: what it left stays as it is. */
export const openLeft = async (dataDirectory: string) => openChainIn(await copyDirectory(dataDirectory))

type LeftChain = Awaited<ReturnType<typeof openLeft>>['chain']

/** The coins of a new chain in memory that is given the blocks of this one from genesis on. */
export async function replay(left: LeftChain) {
  const { chain } = await createTestChain({ clock: createFakeClock(Date.now()) })
  for (let height = 1; height <= left.tip().height; height++) {
    const block = await left.block(left.entryAt(height)!.hash)
    const accepted = await chain.acceptBlock(block!)
    if (!accepted.ok) throw new Error(`block ${height}: ${accepted.error.code}`)
  }
  expect(chain.tip().hash).toBe(left.tip().hash)
  return chain.coinStatistics()
}

/** The acknowledged block lies on the chain that was left, or that chain has more work. */
export function expectToldOf(left: LeftChain, tip: Tip): void {
  const kept = left.isConnected(tip.hash as BlockHash) || left.tip().height > tip.height
  expect(kept, `block ${tip.height} ${tip.hash} was told of; left is ${left.tip().height}`).toBe(true)
}
