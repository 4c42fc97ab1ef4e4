import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError, errorMessage } from '../../base/errors.ts'
import type { StoredBlocks } from '../../chain/rebuild.ts'
import type { ReportProgress } from '../../ports/progress.ts'
import type { BlockHash } from '../../primitives/hash.ts'
import { type BlockHeader, decodeHeader, HEADER_BYTES } from '../../primitives/header.ts'
import { unseal } from '../../storage/checked-store.ts'
import { undamaged } from '../../storage/damage.ts'
import { decodeHash, decodeHeaderRecord } from '../../storage/header-records.ts'
import { blockKey, hashOfKey, kindOfKey, metaName } from '../../storage/keyspace.ts'
import { sortLevelFiles } from '../../storage/level-files.ts'
import { type SalvagedEntry, salvageLog, salvageTable } from '../../storage/level-salvage.ts'

/** Where a body's record stands: in a table, or here because a log holds it in pieces. */
type Place = { readonly file: string; readonly offset: number; readonly length: number } | Uint8Array

export interface FoundBlocks extends StoredBlocks {
  /** bodies that should be there and cannot be read */
  readonly damaged: number
  /** blocks whose bodies have been dropped on purpose */
  readonly pruned: number
  /** ids of the networks that the database says to be of: one, unless somebody has mixed files up */
  readonly networks: ReadonlySet<string>
}

export interface FindOptions {
  readonly report: ReportProgress
  readonly signal: AbortSignal
}

/**
 * Looks through all files of a LevelDB for bodies and headers, whatever state it is in, and changes nothing. Only what
 * matches its checksum counts. In memory are headers, and the bodies that stand in logs.
 * @throws CairnError `store-unreadable` where a file cannot be read; the signal's reason
 */
export async function findStoredBlocks(
  folder: string,
  { report, signal }: FindOptions,
): Promise<FoundBlocks> {
  const found = new Findings()
  await reading(folder, signal, async () => {
    const { tables, logs } = sortLevelFiles(await readdir(folder))
    const names = [...tables.values(), ...logs.values()]
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    let done = 0
    for (const name of names) {
      signal.throwIfAborted()
      const { buffer, byteOffset, length } = await readFile(join(folder, name))
      const bytes = new Uint8Array(buffer, byteOffset, length)
      const salvage = name.endsWith('.log') ? salvageLog : salvageTable
      salvage(bytes, (entry) => found.add(name, entry))
      done += length
      report({ step: 'looking for blocks', unit: 'bytes', done, total })
    }
  })
  return {
    headers: found.headers,
    bodies: new Map([...found.places].map(([hash, { size }]) => [hash, size])),
    tip: found.best?.hash,
    damaged: [...found.expected].filter((hash) => !found.places.has(hash)).length,
    pruned: found.pruned.size,
    networks: found.networks,
    read: async (hash) => {
      const place = found.places.get(hash)?.place
      if (place === undefined) return undefined
      const sealed =
        place instanceof Uint8Array ? place : await reading(folder, signal, () => readAt(folder, place))
      return sealed && unseal(blockKey(hash), sealed)
    },
  }
}

async function reading<T>(folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    const why = `cannot read ${folder}: ${errorMessage(error)}`
    throw new CairnError('store-unreadable', why, { folder }, error)
  }
}

async function readAt(
  folder: string,
  { file, offset, length }: Exclude<Place, Uint8Array>,
): Promise<Uint8Array | undefined> {
  await using handle: FileHandle = await open(join(folder, file))
  const bytes = new Uint8Array(length)
  const { bytesRead } = await handle.read(bytes, 0, length, offset)
  return bytesRead === length ? bytes : undefined
}

/** What the entries seen so far tell. Of several under one key, any that is right will do: a body never changes. */
class Findings {
  readonly headers = new Map<BlockHash, BlockHeader>()
  readonly places = new Map<BlockHash, { readonly size: number; readonly place: Place }>()
  /** blocks whose bodies should be there */
  readonly expected = new Set<BlockHash>()
  readonly pruned = new Set<BlockHash>()
  /** the newest record of the connected tip */
  best: { readonly hash: BlockHash; readonly sequence: number } | undefined
  readonly networks = new Set<string>()

  add(file: string, { key, value: sealed, offset, sequence }: SalvagedEntry): void {
    const kind = kindOfKey(key)
    if (kind === 'block') this.#addBody(key, sealed, offset === undefined ? undefined : { file, offset })
    if (kind === 'header') this.#addHeader(key, unseal(key, sealed))
    if (kind === 'meta') this.#addMeta(key, unseal(key, sealed), sequence)
  }

  #addBody(
    key: Uint8Array,
    sealed: Uint8Array,
    at: { readonly file: string; readonly offset: number } | undefined,
  ): void {
    const hash = hashOfKey<BlockHash>(key)
    const header = decodeHeader(sealed.subarray(0, HEADER_BYTES))
    // A body whose beginning is damaged is told by its header record.
    if (hash === undefined || !header.ok || header.value.hash !== hash) return
    this.expected.add(hash)
    this.headers.set(hash, header.value)
    const value = unseal(key, sealed)
    if (value === undefined || this.places.has(hash)) return
    const place = at === undefined ? sealed.slice() : { ...at, length: sealed.length }
    this.places.set(hash, { size: value.length, place })
  }

  #addHeader(key: Uint8Array, value: Uint8Array | undefined): void {
    const record = value && undamaged(() => decodeHeaderRecord(value))
    if (record === undefined || record.header.hash !== hashOfKey(key)) return
    const { hash } = record.header
    this.headers.set(hash, record.header)
    if (record.hasBody) this.expected.add(hash)
    if (record.pruned) this.pruned.add(hash)
  }

  #addMeta(key: Uint8Array, value: Uint8Array | undefined, sequence: number): void {
    if (value === undefined) return
    const name = metaName(key)
    if (name === 'network') this.networks.add(new TextDecoder().decode(value))
    const hash = name === 'best' ? undamaged(() => decodeHash(value)) : undefined
    if (hash !== undefined && !(this.best && this.best.sequence > sequence)) this.best = { hash, sequence }
  }
}
