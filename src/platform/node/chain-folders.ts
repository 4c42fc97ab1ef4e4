import { constants } from 'node:fs'
import { copyFile, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import { sortLevelFiles } from '../../storage/level-files.ts'
import { syncFolder } from './durable-file.ts'

/** The folders in a data directory that hold the chain's database, or are on the way to it. */
interface ChainFolders {
  /** the database */
  readonly current: string
  /** one that is being made anew, until it takes the place of the current one */
  readonly next: string
  /** the one before, until it has been removed */
  readonly previous: string
  /** a copy to read, see `linkChainFolder` */
  readonly copy: string
}

export const chainFolders = (dataDirectory: string): ChainFolders => ({
  current: join(dataDirectory, 'chain'),
  next: join(dataDirectory, 'chain.new'),
  previous: join(dataDirectory, 'chain.old'),
  copy: join(dataDirectory, 'chain.copy'),
})

/** Whether there is such a folder. */
export const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false

/**
 * Puts the next database in the place of the current one. It has to be closed, and on the disk for good.
 *
 * The names change one after the other, each for good before the next: at every moment `settleChainFolders` finds
 * either the old database under its name, or both beside it, and then the new one counts.
 * @throws CairnError `store-failed`; the current database is in its place then
 */
export async function replaceChainFolder(dataDirectory: string): Promise<void> {
  const { current, next, previous } = chainFolders(dataDirectory)
  await changing(dataDirectory, async () => {
    await rename(current, previous)
    try {
      await syncFolder(dataDirectory)
      await rename(next, current)
    } catch (error) {
      await rename(previous, current)
      throw error
    }
    await syncFolder(dataDirectory)
  })
  // The new database is in its place: where the old one cannot be removed now, the next start does it.
  await rm(previous, { recursive: true }).catch(() => {})
}

/**
 * Brings the folders of a data directory that this process holds into order, where a process was interrupted: a
 * database that was complete takes its place, what was not is removed.
 * @throws CairnError `chain-folders-unclear` where somebody else has been at work; `store-failed`
 */
export async function settleChainFolders(dataDirectory: string): Promise<void> {
  const { current, next, previous, copy } = chainFolders(dataDirectory)
  const [hasCurrent, hasNext, hasPrevious, hasCopy] = await Promise.all(
    [current, next, previous, copy].map(isFolder),
  )
  if (hasCurrent && hasNext && hasPrevious)
    throw new CairnError(
      'chain-folders-unclear',
      `there are three databases in ${dataDirectory}: keep the right one of chain, chain.new and chain.old under the name chain`,
      { dataDirectory },
    )
  await changing(dataDirectory, async () => {
    if (hasCopy) await rm(copy, { recursive: true })
    if (hasPrevious && !hasCurrent) {
      await rename(hasNext ? next : previous, current)
      await syncFolder(dataDirectory)
    } else if (hasNext) await rm(next, { recursive: true })
    if (hasPrevious && (hasCurrent || hasNext)) await rm(previous, { recursive: true })
  })
}

/**
 * Makes a second folder with the files of the current database, so that it can be opened without a change to the first:
 * LevelDB writes into a folder even if it is only read, but never into a table, so that tables need not be copied.
 */
export async function linkChainFolder(dataDirectory: string, signal: AbortSignal): Promise<string> {
  const { current, copy } = chainFolders(dataDirectory)
  await changing(dataDirectory, async () => {
    await rm(copy, { recursive: true, force: true })
    await mkdir(copy, { mode: 0o700 })
    const names = await readdir(current)
    const tables = new Set(sortLevelFiles(names).tables.values())
    for (const name of names) {
      signal.throwIfAborted()
      if (name === 'LOCK') continue
      const [from, to] = [join(current, name), join(copy, name)]
      // Not every file system knows links.
      const linked = tables.has(name) && (await link(from, to).then(isDone, isNotDone))
      if (!linked) await copyFile(from, to, constants.COPYFILE_FICLONE)
    }
  })
  return copy
}

const isDone = (): boolean => true
const isNotDone = (): boolean => false

async function changing(dataDirectory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!/^E[A-Z]/.test(errorCode(error) ?? '')) throw error
    throw new CairnError(
      'store-failed',
      `cannot change the folders of ${dataDirectory}: ${errorMessage(error)}`,
      { dataDirectory },
      error,
    )
  }
}
