import { isDeadline, withDeadline } from '../../protocols/deadline.ts'
import { encodeBlockMessage } from '../../protocols/gossip/codec.ts'
import {
  blockTopic,
  MAX_BLOCK_MESSAGE_BYTES,
  MAX_PUSHED_COMPACT_BYTES,
} from '../../protocols/gossip/protocol.ts'
import { type BlockAnnouncement, openBlockMessage } from '../../protocols/gossip/validator.ts'
import type { RelayHandlerDependencies } from '../../protocols/relay/handler.ts'
import { errorMessage } from '../base/errors.ts'
import { createRollingSet } from '../base/rolling-set.ts'
import type { ChainEntry, TipChange } from '../ports/chain.ts'
import type { PeerId, TopicVerdict, Transport } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { type BlockHeader, encodeHeader } from '../primitives/header.ts'
import { targetOfBits, workOfTarget } from '../primitives/target.ts'
import { createBell } from './bell.ts'
import { type BlockJobsDependencies, createBlockJobs } from './block-jobs.ts'
import { createRecentBlocks, type ServedBlock } from './recent-blocks.ts'
import type { SyncScheduler } from './sync-scheduler.ts'
import { blameForBlock, type Fault, verdictFor } from './verdicts.ts'

/**
 * Announcements that are judged, or wait for their parents, at once: in all, beyond which only those are looked at whose
 * parents are known, and of one peer.
 */
export const MAX_JUDGED = 128
export const MAX_JUDGED_PER_PEER = 8
/** How long a verdict waits for the header's parent, which the sync fetches meanwhile. */
export const CONTEXT_WAIT_MS = 10_000
/** With so many blocks missing a new one is left to the sync. */
const MAX_BLOCKS_BEHIND = 16
/** Headers that are remembered to have been announced. */
const MAX_ANNOUNCED = 4_096

export interface BlockRelayDependencies extends Omit<BlockJobsDependencies, 'transport' | 'recent'> {
  readonly transport: Transport
  readonly sync: Pick<SyncScheduler, 'events' | 'askHeaders' | 'goal'>
}

/** Takes blocks from the topic to the chain, and the chain's new tips to the topic. */
export interface BlockRelay {
  /** What the relay protocol serves of new blocks. */
  readonly serving: Pick<RelayHandlerDependencies, 'compactBlock' | 'blockTransactions'>
  start(): void
  stop(): Promise<void>
}

export function createBlockRelay(dependencies: BlockRelayDependencies): BlockRelay {
  const { transport, chain, random, sync, clock, logger, penalties, underWay } = dependencies
  const topic = blockTopic(chain.parameters)
  const recent = createRecentBlocks({ chain, random })
  const jobs = createBlockJobs({ ...dependencies, recent })
  /** headers that are judged now, with who brought them */
  const judged = new Map<BlockHash, PeerId>()
  /** headers that the topic has from us: taken from it or given to it */
  const announced = createRollingSet<BlockHash>(MAX_ANNOUNCED)
  const announcing = new Set<Promise<void>>()
  const chainMoved = createBell()
  const stopping = new AbortController()
  const stops: (() => void)[] = []

  function blame(from: PeerId, fault: Exclude<Fault, { kind: 'policy' }>): TopicVerdict {
    const blame = blameForBlock(fault)
    penalties.punish(from, blame, fault)
    return verdictFor(blame)
  }

  const hasBlock = (hash: BlockHash): boolean => chain.isConnected(hash) || chain.hasBody(hash)

  /** The header's parent, once it is there. */
  async function findParent(
    { previous }: BlockHeader,
    from: PeerId,
    signal: AbortSignal,
  ): Promise<ChainEntry> {
    for (let asked = false; ; asked = true) {
      const parent = chain.entry(previous)
      if (parent !== undefined) return parent
      if (!asked) sync.askHeaders(from)
      await chainMoved.wait(signal)
    }
  }

  /** Whether the block's transactions are worth asking for now. */
  const isWanted = (entry: ChainEntry): boolean =>
    entry.work > chain.tip().work &&
    // Better headers whose bodies nobody has must not keep us from the block that is next.
    (chain.isConnected(entry.header.previous) ||
      sync.goal().height - chain.tip().height <= MAX_BLOCKS_BEHIND) &&
    !hasBlock(entry.hash)

  /** README, block 8 to 11: the header in its context. Rejects with the signal's reason where that is not there in time. */
  async function judge(
    { header, compact }: BlockAnnouncement,
    from: PeerId,
    signal: AbortSignal,
  ): Promise<TopicVerdict> {
    const { hash, previous } = header
    const parent = await findParent(header, from, signal)
    if (parent.work + workOfTarget(targetOfBits(header.bits)!) < chain.workThreshold()) return 'ignore'
    const isKnown = chain.entry(hash) !== undefined
    // Said before the header is in the tree, where the sync sees it.
    const release = underWay.begin(hash)
    try {
      const accepted = await chain.acceptHeaders([header])
      if (!accepted.ok) {
        // What is wrong with a block's body, or with an ancestor's, a header does not tell.
        const isOfBody = isKnown || accepted.error.code === 'parent-invalid'
        return isOfBody ? 'ignore' : blame(from, accepted.error)
      }
      if (isWanted(accepted.value.last)) jobs.begin(accepted.value.last, from, compact)
      else if (!chain.isConnected(previous)) return 'ignore'
    } finally {
      release()
    }
    // Whoever lacks the parent asks us for headers, and these are of connected blocks.
    while (!chain.isConnected(previous)) await chainMoved.wait(signal)
    if (announced.has(hash)) return 'ignore'
    announced.add(hash)
    return 'accept'
  }

  async function validate(message: Uint8Array, from: PeerId): Promise<TopicVerdict> {
    const opened = openBlockMessage(message, chain.parameters, hasBlock)
    if (!opened.ok) return blame(from, opened.error)
    const announcement = opened.value
    if (announcement === undefined) return 'ignore'
    const { hash, previous } = announcement.header
    if (announced.has(hash) || judged.has(hash)) {
      if (announcement.compact !== undefined) jobs.addCandidate(announcement.compact, from)
      return 'ignore'
    }
    const ofPeer = [...judged.values()].filter((each) => each === from).length
    // Headers on nothing that is known cost little to make: a crowd of them must not keep the next block out.
    const isFull = judged.size >= MAX_JUDGED && chain.entry(previous) === undefined
    if (isFull || ofPeer >= MAX_JUDGED_PER_PEER) {
      // Not looked at, but not lost: the sync finds it if it is any good.
      sync.askHeaders(from)
      return 'ignore'
    }
    judged.set(hash, from)
    try {
      return await withDeadline(clock, CONTEXT_WAIT_MS, 'context', stopping.signal, (signal) =>
        judge(announcement, from, signal),
      )
    } catch (error) {
      if (isDeadline(error) || stopping.signal.aborted) return 'ignore'
      // Our own failure says nothing about the block.
      logger.error('announcement not judged', { hash, reason: errorMessage(error) })
      return 'ignore'
    } finally {
      judged.delete(hash)
    }
  }

  async function announce(header: BlockHeader, compact: Uint8Array): Promise<void> {
    const { hash } = header
    const message =
      compact.length <= MAX_PUSHED_COMPACT_BYTES
        ? encodeBlockMessage({ kind: 'compact', bytes: compact })
        : encodeBlockMessage({ kind: 'header', bytes: encodeHeader(header) })
    try {
      const peers = await transport.publish(topic, message)
      logger.debug('block announced', { hash, peers })
    } catch (error) {
      logger.debug('block not announced', { hash, reason: errorMessage(error) })
    }
  }

  function tipChanged({ connected, tip }: TipChange): void {
    chainMoved.ring()
    for (const { entry } of connected) jobs.settled(entry.hash)
    const last = connected.at(-1)
    // While blocks are missing the tip is old news.
    if (last === undefined || sync.goal().work > tip.work) return
    const compact = recent.add(last.block)
    if (announced.has(tip.hash) || judged.has(tip.hash)) return
    announced.add(tip.hash)
    const done = announce(tip.header, compact).finally(() => announcing.delete(done))
    announcing.add(done)
  }

  /** The block as it is served, once it is put together where that is being done. */
  async function find(hash: BlockHash, signal: AbortSignal): Promise<ServedBlock | undefined> {
    const found = await recent.find(hash)
    if (found !== undefined) return found
    await jobs.done(hash, signal)
    return recent.find(hash)
  }

  return {
    serving: {
      compactBlock: async (hash, signal) => (await find(hash, signal))?.compact,
      async blockTransactions(hash, indexes, signal) {
        const block = await find(hash, signal)
        const found = indexes.map((index) => block?.transactions[index])
        return found.every((bytes) => bytes !== undefined) ? found : undefined
      },
    },
    start() {
      jobs.start()
      stops.push(
        transport.subscribe(topic, MAX_BLOCK_MESSAGE_BYTES, validate),
        chain.events.on('tipChanged', tipChanged),
        chain.events.on('headersAdded', () => chainMoved.ring()),
        sync.events.on('blockAccepted', ({ entry }) => jobs.settled(entry.hash)),
      )
    },
    async stop() {
      for (const stop of stops.splice(0)) stop()
      stopping.abort(new Error('the node is stopping'))
      await Promise.all(announcing)
      await jobs.stop()
    },
  }
}
