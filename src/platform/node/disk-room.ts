import { open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError } from '../../base/errors.ts'
import { sortLevelFiles } from '../../storage/level-files.ts'

/** Beside what opening a database writes: some new blocks, so that it is worth it. */
const RESERVE_BYTES = 2 ** 21

const CHUNK_BYTES = 2 ** 20

/**
 * Makes sure that a database can be opened: LevelDB then writes what stands in its logs to a table, and a new MANIFEST.
 * @throws CairnError `disk-full`; Node's own errors
 */
export async function expectRoom(folder: string): Promise<void> {
  const { manifests, logs } = sortLevelFiles(await readdir(folder))
  let needed = RESERVE_BYTES
  for (const name of [...manifests, ...logs.values()]) needed += await sizeOf(join(folder, name))
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < needed)
    throw new CairnError(
      'disk-full',
      `there is not enough room on the disk for ${folder}, ${free} bytes where ${needed} are needed: nothing is written until there are, then it goes on by itself`,
      { folder, free, needed },
    )
  await tryToWrite(join(folder, 'room-probe'), needed)
}

/** Zero for a file that has just been removed. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

/** A quota or a limit on the size of files does not show in what the disk says is free. */
async function tryToWrite(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'w')
  // Nothing is left of it then, however this ends.
  await rm(path)
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let left = bytes; left > 0; left -= CHUNK_BYTES)
    await file.writeFile(chunk.subarray(0, Math.min(left, CHUNK_BYTES)))
  await file.datasync()
}
