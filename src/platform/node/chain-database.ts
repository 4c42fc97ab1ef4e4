import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import { type Logger, SILENT_LOGGER } from '../../ports/logger.ts'
import { type LevelStoreOptions, openLevelStore } from '../../storage/level-store.ts'
import { createRecoveringStore, type RecoveringStore } from '../../storage/recovering-store.ts'
import type { LastShutdown } from '../platform.ts'
import { chainFolders, settleChainFolders } from './chain-folders.ts'
import { createChainRecovery, databaseDamaged } from './chain-recovery.ts'
import { systemClock } from './clock.ts'
import { checkDatabase, type DatabaseState } from './database-check.ts'
import { readShutdownMark, removeShutdownMark, writeShutdownMark } from './shutdown-mark.ts'

export interface ChainDatabase {
  /** goes on by itself after a failed write, once it can */
  readonly store: RecoveringStore
  readonly lastShutdown: LastShutdown
  /** Closes the store, and notes that it has been closed. */
  close(): Promise<void>
}

export interface ChainDatabaseOptions extends Pick<LevelStoreOptions, 'writeBufferSize'> {
  /** told when the database has been opened again after a failed write */
  readonly logger?: Logger
  /** how much is read through beforehand where the last process stopped in order, see `checkDatabase`; else everything is */
  readonly maxBytes?: number
  readonly signal?: AbortSignal | undefined
}

const chainFolder = (dataDirectory: string): string => chainFolders(dataDirectory).current

/**
 * The state of the chain's database in a data directory, which nobody has open. Nothing is changed.
 * @throws CairnError `store-unreadable`; the signal's reason
 */
export async function checkChainDatabase(
  dataDirectory: string,
  options: ChainDatabaseOptions = {},
): Promise<DatabaseState> {
  const folder = chainFolder(dataDirectory)
  const mark = await readShutdownMark(folder)
  // Damage may be why there is no mark: LevelDB ends the process when it comes upon keys that are not in order.
  return checkDatabase(folder, { ...options, mark, ...(mark === undefined && { maxBytes: Infinity }) })
}

/**
 * Opens the chain's database in a data directory that this process holds, making it where there is none, once its
 * files have been found to be whole.
 * @throws CairnError `database-damaged` with `file` and `what`; `store-unreadable`, `store-locked`; the signal's reason
 */
export async function openChainDatabase(
  dataDirectory: string,
  options: ChainDatabaseOptions = {},
): Promise<ChainDatabase> {
  const folder = chainFolder(dataDirectory)
  await settleChainFolders(dataDirectory)
  const state = await checkChainDatabase(dataDirectory, options)
  if (state.kind === 'damaged') throw databaseDamaged(folder, state.file, state.what)
  await marking(folder, removeShutdownMark)
  const open = (createIfMissing: boolean) =>
    openLevelStore(folder, { ...systemClock, ...options, createIfMissing })
  const { logger = SILENT_LOGGER } = options
  const level = await open(true)
  const store = createRecoveringStore(level, await createChainRecovery(folder, () => open(false), logger))
  return {
    store,
    lastShutdown: state.kind === 'first' ? 'first' : state.clean ? 'clean' : 'crashed',
    async close() {
      await store.close()
      // Behind a failed write the log ends in a part of a record: that is no clean stop.
      if (!store.failed) await marking(folder, leaveMark)
    },
  }
}

/** On a full disk there is no mark, and the next start reads everything; nothing else depends on it. */
async function leaveMark(folder: string): Promise<void> {
  try {
    await writeShutdownMark(folder)
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC' && errorCode(error) !== 'EDQUOT') throw error
  }
}

async function marking(folder: string, work: (folder: string) => Promise<void>): Promise<void> {
  try {
    await work(folder)
  } catch (error) {
    throw new CairnError(
      'store-failed',
      `cannot write in ${folder}: ${errorMessage(error)}`,
      { folder },
      error,
    )
  }
}
