import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import type { Logger } from '../../ports/logger.ts'
import { diskFull, type LevelStore } from '../../storage/level-store.ts'
import type { StoreRecovery } from '../../storage/recovering-store.ts'
import { checkDatabase } from './database-check.ts'
import { Damage } from './database-files.ts'
import { expectRoom } from './disk-room.ts'
import { takeBackFailedBatch } from './failed-batch.ts'

/** The error for files that are not whole. @param file - a name in the folder */
export const databaseDamaged = (folder: string, file: string, what: string): CairnError =>
  new CairnError(
    'database-damaged',
    `the database is damaged (${join(folder, file)}: ${what}): run \`cairn reindex\``,
    { folder, file, what },
  )

/**
 * The way back from a failed write for the database that this process has just opened in a folder.
 * @param open - opens it again, and does not make a new one where there is none
 */
export async function createChainRecovery(
  folder: string,
  open: () => Promise<LevelStore>,
  logger: Logger,
): Promise<StoreRecovery> {
  // LevelDB makes this file once, and never replaces it.
  const lockFile = join(folder, 'LOCK')
  const place = await stat(lockFile)

  async function expectPlace(): Promise<void> {
    const found = await stat(lockFile).catch((error) => {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    })
    if (found?.ino === place.ino && found.dev === place.dev) return
    throw new CairnError(
      'store-failed',
      `${folder} has been removed or replaced while the node uses it: nothing is written until it is back; stop the node to begin with what is there now`,
      { folder },
    )
  }

  return {
    expectPlace: () => naming(folder, expectPlace),
    prepare: () =>
      naming(folder, async () => {
        await expectPlace()
        await expectRoom(folder)
      }),
    mend: (written) =>
      naming(folder, async () => {
        await takeBackFailedBatch(folder, written)
        const state = await checkDatabase(folder)
        if (state.kind === 'damaged') throw new Damage(state.file, state.what)
      }),
    async open() {
      const store = await open()
      logger.warn('database opened again after a failed write', { folder })
      return store
    },
  }
}

/** Turns damage and the system's errors into ours. */
async function naming(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof Damage) throw databaseDamaged(folder, error.file, error.message)
    if (error instanceof CairnError) throw error
    throw (
      diskFull(folder, error) ??
      new CairnError('store-failed', `cannot use ${folder}: ${errorMessage(error)}`, { folder }, error)
    )
  }
}
