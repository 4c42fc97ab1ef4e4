import { invariant } from '../base/errors.ts'
import { createSerialQueue } from '../base/serial-queue.ts'
import type { Miner } from '../ports/miner.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { abortable } from './abortable.ts'
import { createBlockMiner, type MinerDependencies, type MiningTask } from './block-miner.ts'
import { createHashRate } from './hash-rate.ts'

export interface MinerOptions {
  /**
   * Seconds from one block of ours to the next, on average, while mining; 0 for none but what the difficulty asks.
   * Left out: `DEFAULT_INTERVAL_SECONDS` on a network of fixed difficulty, 0 on others.
   */
  readonly intervalSeconds?: number
  /** how old a template may get before it takes in new transactions and the time, in milliseconds */
  readonly refreshMs?: number
  /** what the hash rate looks back on, in milliseconds */
  readonly hashRateWindowMs?: number
  /** the pause after a failure, in milliseconds */
  readonly retryMs?: number
}

export const DEFAULT_INTERVAL_SECONDS = 5
export const DEFAULT_REFRESH_MS = 5_000
export const DEFAULT_HASH_RATE_WINDOW_MS = 10_000
export const DEFAULT_RETRY_MS = 5_000

/** The reason with which the continuous search is taken off its block: to stop, or to begin again. */
const INTERRUPTED = new Error('mining was interrupted')

/** Mining from a `start` to its `stop`. */
interface Run {
  scriptPubKey: Uint8Array
  address: string
  stopped: boolean
  /** aborted with INTERRUPTED when what the search rests on has changed */
  turn: AbortController
  done: Promise<void>
}

/**
 * Mines in the background between `start` and `stop`, and on demand with `generate`, which takes the threads for as
 * long as it lasts. A found block takes the same way as one from a peer: `chain.acceptBlock`.
 */
export function createMiner(options: MinerOptions, dependencies: MinerDependencies): Miner {
  const { chain, search, clock, random, logger } = dependencies
  const fixedDifficulty = chain.parameters.spacing === null
  const {
    intervalSeconds = fixedDifficulty ? DEFAULT_INTERVAL_SECONDS : 0,
    refreshMs = DEFAULT_REFRESH_MS,
    hashRateWindowMs = DEFAULT_HASH_RATE_WINDOW_MS,
    retryMs = DEFAULT_RETRY_MS,
  } = options
  const blockMiner = createBlockMiner(refreshMs, dependencies)
  const hashRate = createHashRate(() => search.hashes(), clock, hashRateWindowMs)
  const generations = createSerialQueue()
  let run: Run | undefined
  let blocksFound = 0

  /**
   * From half to one and a half of the interval away. Without chance, nodes that mine at the same interval would find
   * their blocks at the same moment, each on its own branch, for ever.
   */
  const nextDue = (): number => clock.monotonic() + intervalSeconds * (500 + random.below(1001))

  async function mineOne(task: MiningTask): Promise<BlockHash> {
    const { block, entry } = await blockMiner.mine(task)
    blocksFound += 1
    logger.info('block found', {
      hash: entry.hash,
      height: entry.height,
      transactions: block.transactions.length,
    })
    return entry.hash
  }

  async function mineOn(ours: Run): Promise<void> {
    hashRate.begin()
    let dueAt = nextDue()
    while (!ours.stopped) {
      ours.turn = new AbortController()
      const { signal } = ours.turn
      try {
        await abortable(generations.idle(), signal)
        await mineOne({ scriptPubKey: ours.scriptPubKey, dueAt, signal })
        dueAt = nextDue()
      } catch (error) {
        if (error === INTERRUPTED) continue
        logger.error('mining failed', { error, retryMs })
        await clock.sleep(retryMs, signal).catch(() => {})
      }
    }
    hashRate.end()
  }

  async function generateNow(
    count: number,
    scriptPubKey: Uint8Array,
    signal: AbortSignal,
  ): Promise<BlockHash[]> {
    hashRate.begin()
    try {
      const hashes: BlockHash[] = []
      while (hashes.length < count)
        hashes.push(await mineOne({ scriptPubKey, dueAt: Number.NEGATIVE_INFINITY, signal }))
      return hashes
    } finally {
      hashRate.end()
    }
  }

  return {
    status: () => ({
      mining: run !== undefined,
      threads: search.threads,
      hashesPerSecond: hashRate.perSecond(),
      blocksFound,
      address: run?.address,
    }),
    start(scriptPubKey, address) {
      if (run !== undefined) {
        Object.assign(run, { scriptPubKey, address })
        run.turn.abort(INTERRUPTED)
        return
      }
      const turn = new AbortController()
      run = { scriptPubKey, address, stopped: false, turn, done: Promise.resolve() }
      run.done = mineOn(run)
      logger.info('mining started', { address, threads: search.threads })
    },
    async stop() {
      const stopping = run
      if (stopping === undefined) return
      run = undefined
      stopping.stopped = true
      stopping.turn.abort(INTERRUPTED)
      await stopping.done
      logger.info('mining stopped', { blocksFound })
    },
    generate(count, scriptPubKey, signal) {
      invariant(Number.isInteger(count) && count >= 0, 'count is a whole number')
      const generated = generations.run(() => generateNow(count, scriptPubKey, signal))
      run?.turn.abort(INTERRUPTED)
      return abortable(generated, signal)
    },
    template: (scriptPubKey) => blockMiner.template(scriptPubKey),
    async submit(block) {
      const accepted = await chain.acceptBlock(block)
      if (accepted.ok && accepted.value.isNew) {
        const { entry, connected } = accepted.value
        logger.info('block submitted', { hash: entry.hash, height: entry.height, connected })
      }
      return accepted
    },
  }
}
