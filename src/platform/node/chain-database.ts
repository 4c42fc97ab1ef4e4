import { join } from 'node:path'
import { CairnError, errorMessage } from '../../base/errors.ts'
import { type LevelStore, type LevelStoreOptions, openLevelStore } from '../../storage/level-store.ts'
import type { LastShutdown } from '../platform.ts'
import { chainFolders, settleChainFolders } from './chain-folders.ts'
import { systemClock } from './clock.ts'
import { checkDatabase, type DatabaseState } from './database-check.ts'
import { readShutdownMark, removeShutdownMark, writeShutdownMark } from './shutdown-mark.ts'

export interface ChainDatabase {
  readonly store: LevelStore
  readonly lastShutdown: LastShutdown
  /** Closes the store, and notes that it has been closed. */
  close(): Promise<void>
}

export interface ChainDatabaseOptions extends Pick<LevelStoreOptions, 'writeBufferSize'> {
  /** how much is read through beforehand; see `checkDatabase` */
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
  return checkDatabase(folder, { ...options, mark: await readShutdownMark(folder) })
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
  if (state.kind === 'damaged') {
    const { file, what } = state
    throw new CairnError(
      'database-damaged',
      `the database is damaged (${join(folder, file)}: ${what}): run \`cairn reindex\``,
      { folder, file, what },
    )
  }
  await marking(folder, removeShutdownMark)
  const store = await openLevelStore(folder, { ...systemClock, ...options })
  return {
    store,
    lastShutdown: state.kind === 'first' ? 'first' : state.clean ? 'clean' : 'crashed',
    async close() {
      await store.close()
      // Behind a failed write the log ends in a part of a record: that is no clean stop.
      if (!store.failed) await marking(folder, writeShutdownMark)
    },
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
