import type { CompactBlock } from '../../protocols/compact-block.ts'
import { isDeadline } from '../../protocols/deadline.ts'
import { type WireFault, wireFault } from '../../protocols/wire-fault.ts'
import { errorMessage } from '../base/errors.ts'
import { BODY_FAULTS, checkBody } from '../consensus/check-block.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId } from '../ports/transport.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { type BlockDraft, draftBlock } from './compact-draft.ts'
import type { RelayClients } from './relay-clients.ts'
import { blameForBlock, type Penalties } from './verdicts.ts'

export interface BlockRebuildDependencies {
  readonly clients: RelayClients
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
  /** transactions that a block may hold */
  readonly pool: () => readonly Transaction[]
}

/** Puts a block together with the help of one peer. */
export interface BlockRebuild {
  /**
   * Asks the peer for the block's compact form and for what is missing here. Undefined where it does not have the block,
   * or has lied, for which it is punished.
   */
  fromPeer(hash: BlockHash, peer: PeerId, signal: AbortSignal): Promise<Block | undefined>
  /**
   * The same from a compact block that came by the topic. Whoever handed it on need not have seen the block: whatever
   * is wrong with it, nobody is to blame, and the peer may be asked for a compact form that it answers for.
   */
  fromTopic(compact: CompactBlock, peer: PeerId, signal: AbortSignal): Promise<Block | undefined>
}

export function createBlockRebuild(dependencies: BlockRebuildDependencies): BlockRebuild {
  const { clients, clock, logger, penalties, pool } = dependencies

  const blame = (peer: PeerId, fault: WireFault | RuleViolation): undefined => {
    penalties.punish(peer, blameForBlock(fault), fault)
    return undefined
  }

  /** The draft's block, or what shows that these are not the transactions of its header. */
  function finish(draft: BlockDraft): Block | RuleViolation {
    const block = draft.block()
    const checked = checkBody(block)
    return checked.ok || !BODY_FAULTS.has(checked.error.code) ? block : checked.error
  }

  /** Gets transactions of the block from the peer; false where it has none to give, or has been punished. */
  async function fetch(
    draft: BlockDraft,
    places: readonly number[],
    hash: BlockHash,
    { peer, answers, signal }: { peer: PeerId; answers: boolean; signal: AbortSignal },
  ): Promise<boolean> {
    if (places.length === 0) return true
    const answer = await clients.of(peer).blockTransactions(hash, places, { signal })
    if (!answer.ok) blame(peer, answer.error)
    if (!answer.ok || answer.value === undefined) return false
    logger.debug('block transactions received', { hash, peer, count: places.length })
    if (draft.fill(places, answer.value)) return true
    // Its own compact block named others in these places.
    if (answers) blame(peer, wireFault('answer-unasked', { hash }).error)
    return false
  }

  return {
    async fromTopic(compact, peer, signal) {
      const { hash } = compact.header
      const draft = await draftBlock(compact, pool(), clock)
      const missing = draft.missing()
      if (!(await fetch(draft, missing, hash, { peer, answers: false, signal }))) return undefined
      const block = finish(draft)
      if (!('code' in block)) return block
      logger.debug('compact block of the topic misled', { hash, code: block.code })
      return undefined
    },

    async fromPeer(hash, peer, signal) {
      const compact = await clients.of(peer).compactBlock(hash, { signal })
      if (!compact.ok) return blame(peer, compact.error)
      if (compact.value === undefined) return undefined
      const asking = { peer, answers: true, signal }
      const draft = await draftBlock(compact.value, pool(), clock)
      const missing = draft.missing()
      if (!(await fetch(draft, missing, hash, asking))) return undefined
      const block = finish(draft)
      if (!('code' in block)) return block
      // A pending transaction may have the short id of another one. With all of the peer's own there is no excuse: a
      // compact form is served only of a block that was seen to be its header's.
      logger.debug('compact block does not fit its header', { hash, peer, code: block.code })
      const named = draft.named()
      if (missing.length < named.length && !(await fetch(draft, named, hash, asking))) return undefined
      const whole = missing.length < named.length ? finish(draft) : block
      return 'code' in whole ? blame(peer, whole) : whole
    },
  }
}

/** What became of an exchange that broke off. */
export function rebuildFailed(
  { logger, penalties }: Pick<BlockRebuildDependencies, 'logger' | 'penalties'>,
  peer: PeerId,
  error: unknown,
): void {
  if (isDeadline(error)) penalties.drop(peer, 'relay-timeout')
  else logger.debug('block not rebuilt', { peer, reason: errorMessage(error) })
}
