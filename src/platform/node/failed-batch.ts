import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CURRENT, liveLogs, manifestOf, sortLevelFiles } from '../../storage/level-files.ts'
import { LevelLogReader, LOG_BLOCK_BYTES, LOG_HEADER_BYTES } from '../../storage/level-log.ts'
import { readVersion } from '../../storage/level-manifest.ts'
import { Damage, must } from './database-files.ts'

/**
 * Takes a batch whose writing has failed out of the log of a database that has just been closed. LevelDB may have
 * brought all of it to the file before the disk refused to keep it, as when a sync fails; the next opening would then
 * take for written what everybody was told is not.
 *
 * A batch is known by its sequence number, which counts single writes: MANIFEST, made when the database was opened,
 * begins with that of the last one before.
 * @param written - single writes that have succeeded since the database was opened
 * @throws Damage where some of them are missing, or a file cannot be understood; Node's own errors
 */
export async function takeBackFailedBatch(folder: string, written: number): Promise<void> {
  const read = async (name: string) => new Uint8Array(await readFile(join(folder, name)))
  const manifest = must(CURRENT, manifestOf(await read(CURRENT)))
  const edits = must(manifest, new LevelLogReader().read(await read(manifest), true))
  // The first two are the state at the opening.
  const opened = must(manifest, readVersion(edits.slice(0, 2)))
  const version = must(manifest, readVersion(edits))
  const acknowledged = opened.lastSequence + written

  const logs = liveLogs(sortLevelFiles(await readdir(folder)), version)
  let last = version.lastSequence
  for (const name of logs) {
    let offset = 0
    for (const batch of must(name, new LevelLogReader().read(await read(name), true))) {
      const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength)
      const first = Number(view.getBigUint64(0, true))
      if (first > acknowledged) {
        if (name !== logs.at(-1)) throw new Damage(name, `batch ${first} was never acknowledged`)
        return cut(join(folder, name), offset)
      }
      last = first + view.getUint32(8, true) - 1
      offset = endOf(batch.length, offset)
    }
  }
  if (last < acknowledged)
    throw new Damage(logs.at(-1) ?? manifest, 'batches are missing that were acknowledged')
}

/** Where a record of so many bytes ends that is written from `offset` on; see doc/log_format.md of LevelDB. */
function endOf(length: number, offset: number): number {
  let at = offset
  for (let left = length; ; ) {
    const room = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES)
    if (room < LOG_HEADER_BYTES) {
      at += room
      continue
    }
    const part = Math.min(left, room - LOG_HEADER_BYTES)
    at += LOG_HEADER_BYTES + part
    left -= part
    if (left === 0) return at
  }
}

async function cut(path: string, length: number): Promise<void> {
  await using file = await open(path, 'r+')
  await file.truncate(length)
  await file.sync()
}
