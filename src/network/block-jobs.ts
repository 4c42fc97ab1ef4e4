import type { CompactBlock } from '../../protocols/compact-block.ts'
import { errorMessage } from '../base/errors.ts'
import { createRollingSet } from '../base/rolling-set.ts'
import type { Chain, ChainEntry } from '../ports/chain.ts'
import type { Mempool } from '../ports/mempool.ts'
import { type Random, shuffled } from '../ports/random.ts'
import type { PeerId, Transport } from '../ports/transport.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { createBell } from './bell.ts'
import { createPatience, raceForBlock } from './block-race.ts'
import { type BlockRebuildDependencies, createBlockRebuild, rebuildFailed } from './block-rebuild.ts'
import type { BlocksUnderWay } from './blocks-under-way.ts'
import { LatelyLeft } from './compact-draft.ts'
import type { PeerSessions } from './handshake.ts'
import type { RecentBlocks } from './recent-blocks.ts'

/** Blocks that are put together at once, and those that one peer announced: what comes on top is left to the sync. */
const MAX_JOBS = 8
export const MAX_JOBS_PER_PEER = 3
/** Compact blocks of the topic that are tried for one header. */
const MAX_CANDIDATES = 3
/** After so long the sync fetches the whole block beside us. */
const RESERVED_MS = 10_000
/** Peers that are remembered as slow. */
const MAX_SLOW_PEERS = 256

export interface BlockJobsDependencies extends Omit<BlockRebuildDependencies, 'pool'> {
  readonly transport: Pick<Transport, 'brought'>
  readonly chain: Chain
  readonly mempool: Mempool
  readonly sessions: PeerSessions
  readonly random: Random
  readonly recent: RecentBlocks
  readonly underWay: BlocksUnderWay
}

/** Puts announced blocks together, each from one peer or another, and hands them to the chain. */
export interface BlockJobs {
  /** Starts with the peer that announced the block; false where too many are under way. */
  begin(entry: ChainEntry, from: PeerId, compact: CompactBlock | undefined): boolean
  /** Another compact form of a block that is under way; false where that is none, or has had enough of them. */
  addCandidate(compact: CompactBlock, from: PeerId): boolean
  /** The block has come by another way. */
  settled(hash: BlockHash): void
  /** Resolves when the block is not being put together, or no longer. Rejects with the signal's reason. */
  done(hash: BlockHash, signal: AbortSignal): Promise<void>
  start(): void
  stop(): Promise<void>
}

interface Job {
  readonly entry: ChainEntry
  readonly announcer: PeerId
  /** peers that announced it and were not asked yet, with what they sent */
  readonly announcers: Map<PeerId, CompactBlock | undefined>
  readonly asked: Set<PeerId>
  candidates: number
  readonly cancel: AbortController
}

export function createBlockJobs(dependencies: BlockJobsDependencies): BlockJobs {
  const { transport, chain, mempool, sessions, clock, random, logger, recent, underWay } = dependencies
  const left = new LatelyLeft()
  const rebuild = createBlockRebuild({
    ...dependencies,
    pool: () => [...mempool.entries().map(({ transaction }) => transaction), ...left.list()],
  })
  const jobs = new Map<BlockHash, Job>()
  const running = new Set<Promise<void>>()
  const changed = createBell()
  const slow = createRollingSet<PeerId>(MAX_SLOW_PEERS)
  const patience = createPatience()
  const stops: (() => void)[] = []

  /** Announcers come first, but for the second that is asked: whoever dials us may be anybody, and as silent as many. */
  function nextPeer({ announcers, asked }: Job): PeerId | undefined {
    const others = shuffled(random, sessions.list())
    const dialled = others.filter(({ inbound }) => !inbound).map(({ peer }) => peer)
    const order = [...announcers.keys(), ...dialled, ...others.map(({ peer }) => peer)]
    if (asked.size === 1) order.unshift(...dialled)
    const peer = order.find((each) => !asked.has(each))
    if (peer !== undefined) asked.add(peer)
    return peer
  }

  async function ask(
    { entry, announcers }: Job,
    peer: PeerId,
    signal: AbortSignal,
  ): Promise<Block | undefined> {
    const compact = announcers.get(peer)
    try {
      const block = compact && (await rebuild.fromTopic(compact, peer, signal))
      return block ?? (await rebuild.fromPeer(entry.hash, peer, signal))
    } catch (error) {
      if (!signal.aborted) rebuildFailed(dependencies, peer, error)
      return undefined
    }
  }

  async function take(block: Block, peer: PeerId): Promise<void> {
    const { hash } = block
    // Served from now on: it is known to be what the header commits to, and others wait for it.
    recent.add(block)
    jobs.delete(hash)
    changed.ring()
    // Those who wait for it are answered before the chain takes its time.
    await clock.turn()
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) {
      recent.remove(hash)
      // Whoever announced it, or handed its transactions on, need not have known.
      logger.info('announced block refused', { hash, code: accepted.error.code })
      return
    }
    const { entry, isNew, connected } = accepted.value
    sessions.sawTip(peer, entry)
    if (isNew && connected) transport.brought(peer, 'block')
  }

  async function run(job: Job): Promise<void> {
    const { hash } = job.entry
    const release = underWay.begin(hash)
    const cancelTimer = clock.after(RESERVED_MS, release)
    try {
      const race = {
        nextPeer: () => nextPeer(job),
        ask: (peer: PeerId, signal: AbortSignal) => ask(job, peer, signal),
        slow,
        patience,
      }
      const won = await raceForBlock(race, clock, job.cancel.signal)
      if (won === undefined) logger.debug('block left to the sync', { hash })
      else await take(won.value, won.peer)
    } catch (error) {
      // Our own failure says nothing about the block.
      if (!job.cancel.signal.aborted)
        logger.error('announced block not stored', { hash, reason: errorMessage(error) })
    } finally {
      jobs.delete(hash)
      changed.ring()
      cancelTimer()
      release()
    }
  }

  return {
    begin(entry, from, compact) {
      const ofPeer = [...jobs.values()].filter(({ announcer }) => announcer === from).length
      if (jobs.has(entry.hash) || jobs.size >= MAX_JOBS || ofPeer >= MAX_JOBS_PER_PEER) return false
      const job: Job = {
        entry,
        announcer: from,
        announcers: new Map([[from, compact]]),
        asked: new Set(),
        candidates: compact === undefined ? 0 : 1,
        cancel: new AbortController(),
      }
      jobs.set(entry.hash, job)
      const done = run(job).finally(() => running.delete(done))
      running.add(done)
      return true
    },
    addCandidate(compact, from) {
      const job = jobs.get(compact.header.hash)
      if (job === undefined || job.candidates >= MAX_CANDIDATES || job.announcers.has(from)) return false
      job.candidates += 1
      job.announcers.set(from, compact)
      return true
    },
    settled: (hash) => jobs.get(hash)?.cancel.abort(new Error('the block is there')),
    async done(hash, signal) {
      while (jobs.has(hash)) await changed.wait(signal)
    },
    start() {
      stops.push(
        mempool.events.on('removed', ({ entry, reason }) => {
          if (reason !== 'mined') left.add(entry.transaction)
        }),
      )
    },
    async stop() {
      for (const stop of stops.splice(0)) stop()
      for (const { cancel } of jobs.values()) cancel.abort(new Error('the node is stopping'))
      await Promise.all(running)
    },
  }
}
