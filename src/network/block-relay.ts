import { isDeadline, withDeadline } from '../../protocols/deadline.ts'
import { encodeBlockMessage } from '../../protocols/gossip/codec.ts'
import { blockTopic, MAX_BLOCK_MESSAGE_BYTES } from '../../protocols/gossip/protocol.ts'
import { openBlockMessage } from '../../protocols/gossip/validator.ts'
import { equalBytes } from '../base/bytes.ts'
import { errorMessage } from '../base/errors.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { Chain, TipChange } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId, TopicVerdict, Transport } from '../ports/transport.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { createBell } from './bell.ts'
import type { PeerSessions } from './handshake.ts'
import type { SyncScheduler } from './sync-scheduler.ts'
import { blameForBlock, type Fault, type Penalties, verdictFor } from './verdicts.ts'

/** Blocks that are judged, or wait for it, at once; what comes on top is left to the sync. */
export const MAX_JUDGED_BLOCKS = 16
/** How long a block's verdict waits for its parent, which the sync fetches meanwhile. */
export const PARENT_WAIT_MS = 10_000
/** With so many blocks missing a new one is left to the sync. */
const MAX_BLOCKS_BEHIND = 16

const EMPTY = new Uint8Array(0)

export interface BlockRelayDependencies {
  readonly transport: Transport
  readonly chain: Chain
  readonly sessions: PeerSessions
  readonly sync: Pick<SyncScheduler, 'events' | 'askHeaders'>
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
}

/** Takes blocks from the topic to the chain, and the chain's new tips to the topic. */
export interface BlockRelay {
  start(): void
  stop(): Promise<void>
}

export function createBlockRelay(dependencies: BlockRelayDependencies): BlockRelay {
  const { transport, chain, sessions, sync, clock, logger, penalties } = dependencies
  const topic = blockTopic(chain.parameters)
  /** one after another, so that a block that comes right behind its parent finds it */
  const queue = createSerialQueue()
  /** blocks that the topic brought: it hands them on by itself. There may be several bodies under one hash. */
  const judged = new Set<Block>()
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

  /** The verdict on a block whose parent is there, undefined where it is not. */
  async function accept(block: Block, from: PeerId): Promise<TopicVerdict | undefined> {
    if (!hasBlock(block.header.previous)) return undefined
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) return blame(from, accepted.error)
    const { entry, isNew, connected } = accepted.value
    // A known hash says nothing about the body that came with it this time.
    if (!isNew && !equalBytes((await chain.blockBytes(block.hash)) ?? EMPTY, block.bytes)) return 'ignore'
    sessions.sawTip(from, entry)
    // Of a block beside the best chain only the form is checked. It is not handed on: whoever does is answerable for
    // the whole of it.
    return connected ? 'accept' : 'ignore'
  }

  /** Resolves when the parent, or the block itself, is there; false where that takes too long. */
  async function fetchParent(block: Block, from: PeerId): Promise<boolean> {
    sync.askHeaders(from)
    if (chain.bestHeader().height - chain.tip().height > MAX_BLOCKS_BEHIND) return false
    try {
      await withDeadline(clock, PARENT_WAIT_MS, 'parent', stopping.signal, async (signal) => {
        while (!hasBlock(block.header.previous) && !hasBlock(block.hash)) await chainMoved.wait(signal)
      })
      return true
    } catch (error) {
      if (isDeadline(error) || stopping.signal.aborted) return false
      throw error
    }
  }

  async function judge(block: Block, from: PeerId): Promise<TopicVerdict> {
    const first = await queue.run(() => accept(block, from))
    if (first !== undefined) return first
    if (chain.entry(block.header.previous) !== undefined) {
      // Only bodies are missing: the header can be judged, and tells the sync what to fetch.
      const header = await chain.acceptHeaders([block.header])
      if (!header.ok) return blame(from, header.error)
    }
    if (!(await fetchParent(block, from))) return 'ignore'
    return (await queue.run(() => accept(block, from))) ?? 'ignore'
  }

  async function validate(message: Uint8Array, from: PeerId): Promise<TopicVerdict> {
    const opened = openBlockMessage(message, chain.parameters, hasBlock)
    if (!opened.ok) return blame(from, opened.error)
    const block = opened.value
    if (block === undefined) return 'ignore'
    if (judged.size >= MAX_JUDGED_BLOCKS) {
      // Not looked at, but not lost: the sync fetches it if it is any good.
      sync.askHeaders(from)
      return 'ignore'
    }
    judged.add(block)
    try {
      return await judge(block, from)
    } catch (error) {
      // Our own failure says nothing about the block.
      logger.error('block not judged', { hash: block.hash, reason: errorMessage(error) })
      return 'ignore'
    } finally {
      judged.delete(block)
    }
  }

  async function announce(block: Block): Promise<void> {
    try {
      const peers = await transport.publish(topic, encodeBlockMessage(block.bytes))
      logger.debug('block announced', { hash: block.hash, peers })
    } catch (error) {
      logger.debug('block not announced', { hash: block.hash, reason: errorMessage(error) })
    }
  }

  function tipChanged({ connected, tip }: TipChange): void {
    chainMoved.ring()
    const last = connected.at(-1)
    const isGossip = [...judged].some((block) => block.hash === tip.hash)
    // While blocks are missing the tip is old news.
    if (last === undefined || isGossip || chain.bestHeader().work > tip.work) return
    const done = announce(last.block).finally(() => announcing.delete(done))
    announcing.add(done)
  }

  return {
    start() {
      stops.push(
        transport.subscribe(topic, MAX_BLOCK_MESSAGE_BYTES, validate),
        chain.events.on('tipChanged', tipChanged),
        sync.events.on('blockAccepted', () => chainMoved.ring()),
      )
    },
    async stop() {
      for (const stop of stops.splice(0)) stop()
      stopping.abort(new Error('the node is stopping'))
      await Promise.all(announcing)
      await queue.idle()
    },
  }
}
