import { concatBytes } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import { ByteWriter } from '../base/writer.ts'
import type { Chain, ChainEntry } from '../ports/chain.ts'
import { type Clock, unixSeconds } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Mempool } from '../ports/mempool.ts'
import type { BlockTemplate, NonceSearch } from '../ports/miner.ts'
import type { Random } from '../ports/random.ts'
import type { Block } from '../primitives/block.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { encodeHeader } from '../primitives/header.ts'
import { createBlockTemplate, EXTRA_NONCE_BYTES, finishTemplate } from './template.ts'

export interface MinerDependencies {
  readonly chain: Chain
  readonly mempool: Mempool
  readonly search: NonceSearch
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface MiningTask {
  readonly scriptPubKey: Uint8Array
  /** the block is not handed in before this time of the monotonic clock, in milliseconds */
  readonly dueAt: number
  readonly signal: AbortSignal
}

export interface MinedBlock {
  readonly block: Block
  readonly entry: ChainEntry
}

/** Mines one block at a time onto whatever the tip is. */
export interface BlockMiner {
  /**
   * Resolves once a block of ours is on the connected best chain. Rejects with the signal's reason when it aborts,
   * with `own-block-refused` where even a block without transactions breaks a rule, and as the search and the chain do.
   */
  mine(task: MiningTask): Promise<MinedBlock>
  /** See `Miner`. */
  template(scriptPubKey: Uint8Array): BlockTemplate
}

const OUTDATED = new Error('the template is out of date')

/** What a template rests on, while its nonce is searched. */
interface Watch {
  /** aborts with OUTDATED on a new tip or after the refresh time, else as the task's signal does */
  readonly signal: AbortSignal
  /** whether transactions have come in since */
  hasNewTransactions(): boolean
  end(): void
}

/** @param refreshMs - how old a template may get, in milliseconds */
export function createBlockMiner(refreshMs: number, dependencies: MinerDependencies): BlockMiner {
  const { chain, mempool, search, clock, random, logger } = dependencies
  const extraNonceBase = random.bytes(EXTRA_NONCE_BYTES - 4)
  let templates = 0
  /** The tip that the mempool is in step with: the event comes after the followers of the chain have been told. */
  let settledTip: BlockHash | undefined
  chain.events.on('tipChanged', ({ tip }) => {
    settledTip = tip.hash
  })

  function watch(outer: AbortSignal): Watch {
    const controller = new AbortController()
    let added = false
    const outdate = (): void => controller.abort(OUTDATED)
    const forward = (): void => controller.abort(outer.reason)
    outer.addEventListener('abort', forward)
    const ends = [
      clock.after(refreshMs, outdate),
      chain.events.on('tipChanged', outdate),
      mempool.events.on('added', () => {
        added = true
      }),
      () => outer.removeEventListener('abort', forward),
    ]
    return {
      signal: controller.signal,
      hasNewTransactions: () => added,
      end() {
        for (const end of ends) end()
      },
    }
  }

  const isSettled = (): boolean => {
    settledTip ??= chain.tip().hash
    return chain.tip().hash === settledTip
  }

  function createTemplate(scriptPubKey: Uint8Array, empty: boolean): BlockTemplate {
    const parent = chain.tip()
    return createBlockTemplate({
      parameters: chain.parameters,
      parent,
      bits: chain.nextBits(parent),
      now: unixSeconds(clock),
      entries: empty ? [] : mempool.entries(),
      scriptPubKey,
      // Each template has another one: the nonces of a header that was searched in vain need no book-keeping.
      extraNonce: concatBytes(extraNonceBase, new ByteWriter(4).u32(templates++ >>> 0).finish()),
    })
  }

  /** One template and the search for its nonce; undefined where there is nothing to hand in yet. */
  async function attempt(task: MiningTask, watching: Watch, empty: boolean): Promise<Block | undefined> {
    const { signal } = watching
    if (!isSettled()) {
      // The mempool still holds what this tip has mined or made invalid; the change that is under way wakes us.
      await clock.sleep(refreshMs, signal)
      return undefined
    }
    const template = createTemplate(task.scriptPubKey, empty)
    const early = template.header.time - chain.parameters.futureLimit - unixSeconds(clock)
    if (early > 0) {
      logger.debug('waiting for the clock to reach the chain', { seconds: early, height: template.height })
      await clock.sleep(early * 1000, signal)
      return undefined
    }
    const job = { header: encodeHeader(template.header), target: template.target }
    const nonce = await search.search(job, signal)
    if (nonce === undefined) return undefined
    const wait = task.dueAt - clock.monotonic()
    if (wait > 0) {
      await clock.sleep(wait, signal)
      if (watching.hasNewTransactions()) return undefined
    }
    return finishTemplate(template, nonce)
  }

  return {
    template: (scriptPubKey) => createTemplate(scriptPubKey, !isSettled()),
    async mine(task) {
      let empty = false
      while (true) {
        task.signal.throwIfAborted()
        const watching = watch(task.signal)
        let block: Block | undefined
        try {
          block = await attempt(task, watching, empty)
        } catch (error) {
          if (error !== OUTDATED) throw error
        } finally {
          watching.end()
        }
        if (block === undefined) continue
        const accepted = await chain.acceptBlock(block)
        if (accepted.ok) {
          const { entry, connected } = accepted.value
          if (connected) return { block, entry }
          logger.info('own block came too late', { hash: entry.hash, height: entry.height })
          continue
        }
        const { code, details } = accepted.error
        logger.error('own block refused', { ...details, hash: block.hash, rule: code })
        // A pending transaction that should not be there must not keep the node from mining.
        if (empty)
          throw new CairnError('own-block-refused', accepted.error.message, { ...details, rule: code })
        empty = true
      }
    },
  }
}
