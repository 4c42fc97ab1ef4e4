import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../base/errors.ts'
import { crc32c } from '../../storage/crc32c.ts'
import { CURRENT, manifestOf, sortLevelFiles } from '../../storage/level-files.ts'
import { syncFolder, writeDurableFile } from './durable-file.ts'

/** What a clean stop leaves in the database's folder. LevelDB keeps files that it does not know. */
export const SHUTDOWN_MARK = 'clean-shutdown'

/** The files as a clean stop left them. Tables are not listed: MANIFEST names them with their sizes. */
export interface ShutdownMark {
  /** the name in CURRENT */
  readonly manifest: string
  /** bytes of MANIFEST and the logs by name */
  readonly sizes: ReadonlyMap<string, number>
}

const text = new TextEncoder()
const sumOf = (line: string): string => crc32c(text.encode(line)).toString(16).padStart(8, '0')

/** The mark, or undefined where there is none or it cannot be read: then nobody knows of a clean stop. */
export async function readShutdownMark(folder: string): Promise<ShutdownMark | undefined> {
  const contents = await readFile(join(folder, SHUTDOWN_MARK), 'utf8').catch(() => '')
  const [line = '', sum] = contents.split('\n')
  if (line === '' || sum !== sumOf(line)) return undefined
  const { manifest, sizes } = JSON.parse(line) as { manifest: string; sizes: Record<string, number> }
  return { manifest, sizes: new Map(Object.entries(sizes)) }
}

/**
 * Notes how the files of a database that has just been closed stand, and makes the note and the files survive a power
 * cut: LevelDB itself does not sync a log when it closes.
 * @throws Node's own errors
 */
export async function writeShutdownMark(folder: string): Promise<void> {
  const { manifests, logs } = sortLevelFiles(await readdir(folder))
  const sizes: Record<string, number> = {}
  for (const name of [...manifests, ...logs.values()]) {
    const path = join(folder, name)
    // To be written to, as Windows syncs no others.
    await using file = await open(path, 'r+')
    await file.sync()
    sizes[name] = (await stat(path)).size
  }
  const manifest = manifestOf(await readFile(join(folder, CURRENT)))
  if (!manifest.ok) throw new Error(`${CURRENT}: ${manifest.error}`)
  const line = JSON.stringify({ manifest: manifest.value, sizes })
  await writeDurableFile(join(folder, SHUTDOWN_MARK), `${line}\n${sumOf(line)}`)
}

/** Removes the mark for good, before the database is opened: from then on a start finds that there was no clean stop. */
export async function removeShutdownMark(folder: string): Promise<void> {
  try {
    await rm(join(folder, SHUTDOWN_MARK))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  await syncFolder(folder)
}
