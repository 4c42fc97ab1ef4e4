import { describe, expect, it } from 'vitest'
import { encodeResponse } from '../../protocols/sync/codec.ts'
import type { Block } from '../../src/primitives/block.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import type { TricklingStream } from '../support/memory-stream.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { createNetworkNode, until } from '../support/network-node.ts'
import { createScriptedPeer, honestAnswers } from '../support/scripted-peer.ts'
import { createTestChain } from '../support/test-chain.ts'

/** A full block, over a line that is shared by all who send. */
const BLOCK_BYTES = 1_400_000
const LINE_BYTES_PER_SECOND = 5_000_000 / 8
const STEP_MS = 250

interface Line {
  sending: number
}

/** Lets a block come as fast as the line allows. */
async function bring(line: Line, clock: FakeClock, stream: TricklingStream): Promise<void> {
  line.sending += 1
  for (let left = BLOCK_BYTES; left > 0; ) {
    await clock.sleep(STEP_MS)
    const bytes = (LINE_BYTES_PER_SECOND * STEP_MS) / 1_000 / line.sending
    stream.trickle(bytes)
    left -= bytes
  }
  line.sending -= 1
}

async function syncOver(blocks: readonly Block[], count: number) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const node = await createNetworkNode(network, 'late', { clock })
  const line: Line = { sending: 0 }
  for (let i = 0; i < count; i++) {
    const { transport } = await createScriptedPeer(network, `honest${i}`, {
      clock,
      blocks,
      answer: async (request, stream) => {
        for (const response of honestAnswers(request, blocks)) {
          if (request.kind === 'get-blocks') await bring(line, clock, stream as TricklingStream)
          await stream.send(encodeResponse(response))
        }
      },
    })
    node.transport.connect(transport)
  }
  await until(clock, 'all are ready', () => node.sessions.list().length === count)
  const tookMs = await until(clock, 'in step', () => node.chain.tip().height === blocks.length, 600_000)
  await node.stop()
  return { tookMs, hungUp: node.transport.hungUp }
}

describe('a line that is too slow for a block within the deadline of a frame', () => {
  it.each([1, 4, 8])('brings the chain from %i peers, none of whom is hung up on', async (count) => {
    const blocks = buildBranch((await createTestChain()).chain.genesis, emptyPlans(24, 'slow'))
    const { tookMs, hungUp } = await syncOver(blocks, count)
    expect([...hungUp]).toEqual([])
    // With what is fetched twice: no more than twice what the line needs for it.
    expect(tookMs).toBeLessThan((2 * 1_000 * blocks.length * BLOCK_BYTES) / LINE_BYTES_PER_SECOND)
  })
})
