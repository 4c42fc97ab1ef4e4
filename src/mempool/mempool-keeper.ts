import { errorMessage } from '../base/errors.ts'
import type { ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { RecordFile } from '../ports/record-file.ts'
import { decodeTransaction } from '../primitives/transaction.ts'
import type { MempoolService } from './mempool.ts'
import {
  decodeMempoolRecord,
  encodeMempoolRecord,
  MAX_RECORD_BYTES,
  type SavedTransaction,
} from './mempool-record.ts'

/** How often the pool is saved while the node runs, in milliseconds: what a crash may cost. */
const SAVE_INTERVAL_MS = 10 * 60 * 1000
/** Saved transactions that are judged at once; what has just come in waits behind no more than these. */
const RESTORED_AT_ONCE = 64

export interface MempoolKeeperDependencies {
  readonly mempool: MempoolService
  readonly chain: ChainView
  readonly file: RecordFile
  readonly clock: Clock
  readonly logger: Logger
}

/** Keeps what is pending, and what is known of fees, from one process to the next. */
export interface MempoolKeeper {
  /** Begins to take back what was saved, in the background, and saves now and then from then on. */
  start(): void
  /** Ends that and saves once more. A failure is logged: the node stops all the same. */
  stop(): Promise<void>
  /** Resolves when what was saved has been taken back. */
  restored(): Promise<void>
}

export function createMempoolKeeper(dependencies: MempoolKeeperDependencies): MempoolKeeper {
  const { mempool, chain, file, clock, logger } = dependencies
  const stopping = new AbortController()
  /** what was saved and has not been judged yet: it is saved again */
  let left: readonly SavedTransaction[] = []
  let restoring: Promise<void> = Promise.resolve()
  let saving: Promise<void> = Promise.resolve()

  async function restore(): Promise<void> {
    try {
      const bytes = await file.read(MAX_RECORD_BYTES)
      if (bytes === undefined) return
      const record = await decodeMempoolRecord(bytes, chain.genesis.hash, clock)
      if (!record.ok) {
        logger.warn('saved mempool ignored', { reason: record.error.message })
        return
      }
      left = record.value.transactions
      const fees = mempool.fees.load(record.value.estimator, chain.tip().height)
      if (!fees.ok) logger.warn('saved fee estimates ignored', { reason: fees.error.message })
      await restoreTransactions()
    } catch (error) {
      logger.warn('saved mempool not restored', { reason: errorMessage(error) })
    }
  }

  async function restoreTransactions(): Promise<void> {
    const saved = left.length
    let restored = 0
    while (left.length > 0 && !stopping.signal.aborted) {
      const next = left.slice(0, RESTORED_AT_ONCE)
      const taken = await Promise.all(next.map(restoreOne))
      restored += taken.filter(Boolean).length
      left = left.slice(RESTORED_AT_ONCE)
      await clock.turn()
    }
    await mempool.endRestore()
    logger.info('mempool restored', { saved, restored, left: left.length })
  }

  async function restoreOne({ bytes, addedAt }: SavedTransaction): Promise<boolean> {
    // A copy: the whole record would stay in memory for as long as one of its transactions is pending.
    const tx = decodeTransaction(bytes.slice())
    // A clock that was wrong must not keep it for ever.
    return tx.ok && (await mempool.restore(tx.value, Math.min(addedAt, clock.now()))).ok
  }

  async function save(): Promise<void> {
    const pending = mempool
      .entries()
      .map(({ transaction, addedAt }) => ({ bytes: transaction.bytes, addedAt }))
    const transactions = [...pending, ...left]
    try {
      const { hash: genesis } = chain.genesis
      const record = { genesis, estimator: mempool.fees.save(), transactions }
      await file.write(await encodeMempoolRecord(record, clock))
      logger.debug('mempool saved', { transactions: transactions.length })
    } catch (error) {
      logger.error('mempool not saved', { reason: errorMessage(error) })
    }
  }

  let cancel: (() => void) | undefined
  function saveLater(): void {
    cancel = clock.after(SAVE_INTERVAL_MS, () => {
      saving = save().finally(() => {
        if (!stopping.signal.aborted) saveLater()
      })
    })
  }

  return {
    start() {
      restoring = restore()
      saveLater()
    },
    async stop() {
      stopping.abort()
      cancel?.()
      await Promise.all([restoring, saving])
      await save()
    },
    restored: () => restoring,
  }
}
