import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface DurableFileOptions {
  /** permission bits; 0600 unless told */
  readonly mode?: number
  /** fails with `EEXIST` where the file exists; otherwise it is replaced */
  readonly exclusive?: boolean
}

/** Makes what has been created, renamed or removed in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and has no need to
  if (process.platform === 'win32') return
  await using folder = await open(path, 'r')
  await folder.sync()
}

/**
 * Makes a folder for this user alone (0700), and those above it that are missing. One that exists stays as it is.
 *
 * Not Node's own recursive mkdir, which never ends where a file system refuses new folders with ENOENT, as /proc does.
 * @throws Node's own errors (`ENOENT`, `ENOTDIR`, `EACCES`, …)
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path)
  if (parent !== path && (await kindOf(parent)) === undefined) await makeFolder(parent)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if ((await kindOf(path))?.isDirectory() !== true) throw error
  }
}

const kindOf = (path: string) => stat(path).catch(() => undefined)

/** Makes a folder that only this user can enter, as one that exists already becomes, too. */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeFolder(path)
  await chmod(path, 0o700)
  await syncFolder(dirname(path))
}

/**
 * Writes a file such that readers, and a start after a power cut, see the old contents or the new, never a part. Once
 * it resolves, the new contents survive a power cut.
 * @throws Node's own errors (`EEXIST`, `ENOSPC`, `EACCES`, …)
 */
export async function writeDurableFile(
  path: string,
  contents: string | Uint8Array,
  { mode = 0o600, exclusive = false }: DurableFileOptions = {},
): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    {
      await using file = await open(draft, 'wx', mode)
      await file.writeFile(contents)
      await file.sync()
    }
    // a link, unlike a rename, never replaces what is there
    if (exclusive) await link(draft, path)
    else await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}
