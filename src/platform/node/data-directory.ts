import { join } from 'node:path'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import type { Store } from '../../ports/store.ts'
import { openLevelStore } from '../../storage/level-store.ts'
import { makeFolder } from './durable-file.ts'
import { isProcessRunning, readNodeFile, removeNodeFile, writeNodeFile } from './node-file.ts'

export interface DataDirectoryOptions {
  /** absolute */
  readonly path: string
  readonly network: string
  /** Unix time in milliseconds */
  readonly startedAt: number
}

/** A folder that this process has for itself until `release`, or until the process ends in whichever way. */
export interface DataDirectory {
  readonly path: string
  /** Tells the commands in `node.json` that the node has started, and where its API is. */
  publish(node: { readonly peerId: string; readonly api: string | undefined }): Promise<void>
  /** Removes `node.json` and lets the next process in. */
  release(): Promise<void>
}

/**
 * Takes a data directory for this process, making it (for this user alone, 0700) where it is missing.
 *
 * The lock is LevelDB's own, on an empty database in `lock/`: the operating system drops it with the process, so that
 * nothing has to be cleaned up after a crash. `node.json` only tells who holds it.
 * @throws CairnError `data-directory-in-use` with `pid` and `startedAt` where they are known;
 * `data-directory-unusable`
 */
export async function openDataDirectory(options: DataDirectoryOptions): Promise<DataDirectory> {
  const { path, network, startedAt } = options
  const unusable = (error: unknown) =>
    new CairnError(
      'data-directory-unusable',
      `cannot use the data directory ${path}: ${errorMessage(error)}`,
      { path },
      error,
    )
  let lock: Store
  try {
    await makeFolder(path)
    lock = await openLevelStore(join(path, 'lock'))
  } catch (error) {
    throw errorCode(error) === 'store-locked' ? await inUse(path, error) : unusable(error)
  }
  const own = { pid: process.pid, startedAt, network }
  try {
    await writeNodeFile(path, own)
  } catch (error) {
    await lock.close()
    throw unusable(error)
  }
  return {
    path,
    publish: ({ peerId, api }) =>
      writeNodeFile(path, { ...own, peerId, ...(api === undefined ? {} : { api }) }),
    async release() {
      await removeNodeFile(path)
      await lock.close()
    },
  }
}

async function inUse(path: string, cause: unknown): Promise<CairnError> {
  const holder = await readNodeFile(path).catch(() => undefined)
  // Between the lock and the file, the file may still tell of a process that was killed before.
  const known = holder !== undefined && isProcessRunning(holder.pid) ? holder : undefined
  const who =
    known === undefined
      ? 'another process'
      : `process ${known.pid} (started ${new Date(known.startedAt).toISOString()})`
  return new CairnError(
    'data-directory-in-use',
    `data directory ${path} is in use by ${who}`,
    { path, ...(known && { pid: known.pid, startedAt: known.startedAt }) },
    cause,
  )
}
