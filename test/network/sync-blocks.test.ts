import { describe, expect, it } from 'vitest'
import { SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import type { SyncClient } from '../../protocols/sync/client.ts'
import { createBell } from '../../src/network/bell.ts'
import { createBlocksUnderWay } from '../../src/network/blocks-under-way.ts'
import type { PeerSession } from '../../src/network/handshake.ts'
import { createBlockSync } from '../../src/network/sync-blocks.ts'
import { createSyncGoal } from '../../src/network/sync-goal.ts'
import type { SyncPeer, SyncPeers } from '../../src/network/sync-peers.ts'
import { createSyncProgress } from '../../src/network/sync-progress.ts'
import { WINDOW_BLOCKS } from '../../src/network/sync-window.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { settle, until } from '../support/network-node.ts'
import { withOverrides } from '../support/overrides.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createTestChain } from '../support/test-chain.ts'

const COUNT = 200
const PEERS = 4
/** so many blocks of these tests, each of which has the same size */
const BUDGET_BLOCKS = 10

interface Setting {
  /** what a peer does when the block of an index is read; false where it lacks the block */
  readonly onRead?: (index: number, isFirstTime: boolean) => Promise<boolean>
  /** before a block is connected */
  readonly beforeAccept?: (block: Block) => Promise<void>
  readonly count?: number
  readonly budgetBlocks?: number
}

async function setting({ onRead, beforeAccept, count = COUNT, budgetBlocks = BUDGET_BLOCKS }: Setting) {
  const clock = createFakeClock()
  const test = await createTestChain({ clock })
  const branch = buildBranch(test.chain.genesis, emptyPlans(count, 'budget'))
  const blocks = new Map(branch.map((block) => [block.hash, block]))
  await test.chain.acceptHeaders(branch.map(({ header }) => header))
  const read: { peer: PeerId; hash: BlockHash }[] = []
  const rested: PeerId[] = []
  const changed = createBell()

  const makePeer = (peer: PeerId): SyncPeer => {
    const client: SyncClient = {
      headers: () => Promise.reject(new Error('not asked in these tests')),
      async *blocks(hashes, { signal } = {}) {
        for (const hash of hashes) {
          signal?.throwIfAborted()
          const isFirstTime = read.every((each) => each.hash !== hash)
          read.push({ peer, hash })
          const index = branch.findIndex((block) => block.hash === hash)
          const has = (await onRead?.(index, isFirstTime)) ?? true
          yield { ok: true, value: { hash, bytes: has ? blocks.get(hash)?.bytes : undefined } }
        }
      },
      received: () => 0,
      close() {},
    }
    const headers = {
      client,
      wanted: false,
      more: false,
      exhausted: undefined,
      last: undefined,
      round: 0,
      presync: undefined,
      presyncAfter: 0,
    }
    const session = {
      peer,
      hello: { services: SERVICE_BLOCKS },
      tip: { height: count, hash: branch.at(-1)!.hash },
    }
    return {
      peer,
      headers,
      blocks: client,
      gone: new AbortController().signal,
      session: () => session as PeerSession,
      isResting: () => rested.includes(peer),
    }
  }
  const all = Array.from({ length: PEERS }, (_, i) => makePeer(`p${i}` as PeerId))
  const peers: SyncPeers = {
    changed,
    list: () => all,
    get: (peer) => all.find((each) => each.peer === peer),
    rest: ({ peer }) => void rested.push(peer),
    blame: () => {},
    failed: ({ peer }) => void rested.push(peer),
    start() {},
    stop() {},
  }
  const chain = withOverrides(test.chain, {
    acceptBlock: async (block) => {
      await beforeAccept?.(block)
      return test.chain.acceptBlock(block)
    },
  })
  const sync = createBlockSync(
    { maxArrivedBytes: budgetBlocks * branch[50]!.bytes.length },
    {
      chain,
      sessions: { sawTip() {} } as never,
      peers,
      goal: createSyncGoal({ chain, peers, clock, logger: SILENT_LOGGER }),
      progress: createSyncProgress({ chain, goal: () => chain.bestHeader(), clock, logger: SILENT_LOGGER }),
      clock,
      random: createSeededRandom('budget'),
      logger: SILENT_LOGGER,
      underWay: createBlocksUnderWay(),
      onAccepted() {},
      onIdle() {},
    },
  )
  const stop = new AbortController()
  const done = sync.run(stop.signal).catch(() => {})
  return {
    clock,
    chain,
    branch,
    read,
    async end() {
      stop.abort(new Error('enough'))
      await done
    },
  }
}

describe('block sync', () => {
  it('holds its peers up while it has more than it may keep, and goes on as blocks are connected', async () => {
    const { clock, chain, read, end } = await setting({ beforeAccept: () => clock.sleep(20) })
    let most = 0
    await until(clock, 'it has caught up', () => {
      most = Math.max(most, read.length - chain.tip().height)
      return chain.tip().height === COUNT
    })
    // The budget, one more block for each peer, and the one that is being connected.
    expect(most).toBeLessThanOrEqual(BUDGET_BLOCKS + PEERS + 1)
    expect(most).toBeGreaterThan(BUDGET_BLOCKS / 2)
    expect(read).toHaveLength(COUNT)
    await end()
  })

  it('frees one of the peers that it holds up for the block that everything waits for', async () => {
    const gate = Promise.withResolvers<void>()
    const { clock, chain, read, end } = await setting({
      async onRead(index, isFirstTime) {
        if (index > 0 || !isFirstTime) return true
        // Whoever is asked first for the first block has none, and says so when all others are held up.
        await gate.promise
        return false
      },
    })
    await settle()
    expect(chain.tip().height).toBe(0)
    expect(read.length).toBeGreaterThan(BUDGET_BLOCKS)
    gate.resolve()
    await until(clock, 'it has caught up', () => chain.tip().height === COUNT)
    await end()
  })

  it('asks peers that it does not know for a few blocks each, lowest first', async () => {
    const { clock, read, branch, end } = await setting({ onRead: () => new Promise(() => {}) })
    await until(clock, 'all are asked', () => read.length === PEERS)
    const heights = read.map(({ hash }) => branch.findIndex((block) => block.hash === hash))
    expect([...heights].sort((a, b) => a - b)).toEqual([0, 4, 8, 12])
    void end
  })

  it('asks for nothing beyond its window', async () => {
    const { clock, read, branch, end } = await setting({
      count: WINDOW_BLOCKS + 50,
      budgetBlocks: 10_000,
      // The first block never comes.
      onRead: (index) => (index === 0 ? new Promise(() => {}) : Promise.resolve(true)),
    })
    await until(clock, 'the window is full', () => read.length === WINDOW_BLOCKS - 3)
    await clock.advance(200)
    await settle()
    const asked = new Set(read.map(({ hash }) => hash))
    expect(branch.slice(WINDOW_BLOCKS).every(({ hash }) => !asked.has(hash))).toBe(true)
    void end
  })
})
