import { err, ok, type Result } from '../base/result.ts'
import type { LevelVersion } from './level-manifest.ts'

/** The one file that LevelDB looks for: without it, it makes an empty database. */
export const CURRENT = 'CURRENT'

/** LevelDB's own files in a folder, by what their names say. */
export interface LevelFiles {
  readonly current: boolean
  readonly manifests: readonly string[]
  /** by number, in no order; those of tables are called .ldb, by old versions .sst */
  readonly logs: ReadonlyMap<number, string>
  readonly tables: ReadonlyMap<number, string>
}

const MANIFEST_NAME = /^MANIFEST-\d{6,16}$/
const NUMBERED_NAME = /^(\d{6,16})\.(log|ldb|sst)$/

/** Sorts the names in a folder. Others (LOCK, LOG, LOG.old, *.dbtmp, files of ours) hold nothing of the database. */
export function sortLevelFiles(names: Iterable<string>): LevelFiles {
  const manifests: string[] = []
  const logs = new Map<number, string>()
  const tables = new Map<number, string>()
  let current = false
  for (const name of names) {
    if (name === CURRENT) current = true
    if (MANIFEST_NAME.test(name)) manifests.push(name)
    const [, digits, suffix] = NUMBERED_NAME.exec(name) ?? []
    if (suffix === 'log') logs.set(Number(digits), name)
    // LevelDB reads the .ldb where there are both.
    else if (suffix === 'ldb' || (suffix === 'sst' && !tables.has(Number(digits))))
      tables.set(Number(digits), name)
  }
  return { current, manifests, logs, tables }
}

/**
 * Whether no database has ever been open here: nothing at all, or the first MANIFEST without the CURRENT that makes it
 * count, where the process ended while it made the database. The first opening replaces that MANIFEST by a second one.
 */
export const isUnborn = ({ current, manifests, logs, tables }: LevelFiles): boolean =>
  !current && logs.size === 0 && tables.size === 0 && manifests.every((name) => name === 'MANIFEST-000001')

/** The name of the MANIFEST that CURRENT holds, or in words why it is none. */
export function manifestOf(current: Uint8Array): Result<string, string> {
  const text = new TextDecoder().decode(current)
  const name = text.slice(0, -1)
  return text.endsWith('\n') && MANIFEST_NAME.test(name) ? ok(name) : err('it does not name a MANIFEST')
}

/** LevelDB makes a new MANIFEST with a higher number whenever it opens the database. */
export const manifestNumber = (name: string): number => Number(name.slice('MANIFEST-'.length))

/** The logs that LevelDB replays, in order. */
export const liveLogs = ({ logs }: LevelFiles, { logNumber }: LevelVersion): string[] =>
  [...logs.keys()]
    .filter((number) => number >= logNumber)
    .sort((a, b) => a - b)
    .map((number) => logs.get(number)!)

const fileName = (number: number, suffix: string): string => `${String(number).padStart(6, '0')}.${suffix}`

/**
 * The first file that the version needs and the folder lacks. The log that MANIFEST names is always there: LevelDB
 * makes it first, and syncs the folder before it writes MANIFEST.
 */
export function missingFile({ logs, tables }: LevelFiles, { logNumber, tables: needed }: LevelVersion) {
  const table = needed.find(({ number }) => !tables.has(number))
  if (table !== undefined) return fileName(table.number, 'ldb')
  return logNumber > 0 && !logs.has(logNumber) ? fileName(logNumber, 'log') : undefined
}
