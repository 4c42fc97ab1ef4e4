import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError, errorMessage } from '../../base/errors.ts'
import type { StoredBlocks } from '../../chain/rebuild.ts'
import type { ReportProgress } from '../../ports/progress.ts'
import type { Store } from '../../ports/store.ts'
import type { BlockHash } from '../../primitives/hash.ts'
import { type BlockHeader, decodeHeader, HEADER_BYTES } from '../../primitives/header.ts'
import { unseal } from '../../storage/checked-store.ts'
import { undamaged } from '../../storage/damage.ts'
import { decodeHash, decodeHeaderRecord } from '../../storage/header-records.ts'
import {
  ALL_BLOCKS,
  ALL_HEADERS,
  ALL_META,
  blockKey,
  hashOfKey,
  kindOfKey,
  metaName,
} from '../../storage/keyspace.ts'
import { sortLevelFiles } from '../../storage/level-files.ts'
import {
  isCompressedTable,
  type SalvagedEntry,
  salvageLog,
  salvageTable,
} from '../../storage/level-salvage.ts'
import { openLevelStore } from '../../storage/level-store.ts'
import { chainFolders, linkChainFolder } from './chain-folders.ts'

/** Where a body's record stands in a file; or itself, from a log, which holds it in pieces. */
type Place = { readonly file: string; readonly offset: number; readonly length: number } | Uint8Array

export interface FoundBlocks extends StoredBlocks, AsyncDisposable {
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
 * Looks through all files of the chain's database for bodies and headers, whatever state it is in, and changes nothing.
 * Only what matches its checksum counts. In memory are headers, and the bodies that stand in logs.
 * @throws CairnError `store-unreadable` where a file cannot be read; the signal's reason
 */
export async function findStoredBlocks(dataDirectory: string, options: FindOptions): Promise<FoundBlocks> {
  const folder = chainFolders(dataDirectory).current
  const found = new Findings()
  await using stack = new AsyncDisposableStack()
  const isCompressed = await reading(folder, options.signal, () => readFiles(folder, found, options))
  const level = isCompressed ? await openCopy(dataDirectory, options.signal, stack) : undefined
  if (level !== undefined) await readLevel(level, found, options.signal)
  const closing = stack.move()
  return {
    headers: found.headers,
    bodies: new Map([...found.places].map(([hash, { size }]) => [hash, size])),
    tip: found.best?.hash,
    damaged: [...found.expected].filter((hash) => !found.places.has(hash)).length,
    pruned: found.pruned.size,
    networks: found.networks,
    async read(hash) {
      const place = found.places.get(hash)?.place
      const sealed =
        place === undefined || place instanceof Uint8Array
          ? (place ?? (await level?.get(blockKey(hash))))
          : await reading(folder, options.signal, () => readAt(folder, place))
      return sealed && unseal(blockKey(hash), sealed)
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** @returns whether there are tables that only LevelDB can read */
async function readFiles(folder: string, found: Findings, { report, signal }: FindOptions): Promise<boolean> {
  const { tables, logs } = sortLevelFiles(await readdir(folder))
  const names = [...tables.values(), ...logs.values()]
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let done = 0
  let compressed = false
  for (const name of names) {
    signal.throwIfAborted()
    const { buffer, byteOffset, length } = await readFile(join(folder, name))
    const bytes = new Uint8Array(buffer, byteOffset, length)
    const isLog = name.endsWith('.log')
    const salvage = isLog ? salvageLog : salvageTable
    salvage(bytes, (entry) => {
      const { value, offset } = entry
      found.add(entry, offset === undefined ? value.slice() : { file: name, offset, length: value.length })
    })
    compressed ||= !isLog && isCompressedTable(bytes)
    done += length
    report({ step: 'looking for blocks', unit: 'bytes', done, total })
  }
  return compressed
}

/** Opens a copy of the database, see `linkChainFolder`. */
async function openCopy(
  dataDirectory: string,
  signal: AbortSignal,
  stack: AsyncDisposableStack,
): Promise<Store> {
  stack.defer(() => rm(chainFolders(dataDirectory).copy, { recursive: true, force: true }))
  const level = await openLevelStore(await linkChainFolder(dataDirectory, signal), { createIfMissing: false })
  stack.defer(() => level.close())
  return level
}

async function readLevel(level: Store, found: Findings, signal: AbortSignal): Promise<void> {
  for (const range of [ALL_META, ALL_HEADERS, ALL_BLOCKS])
    for await (const [key, value] of level.entries(range)) {
      signal.throwIfAborted()
      found.add({ key, value, sequence: Number.POSITIVE_INFINITY }, undefined)
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
  readonly places = new Map<BlockHash, { readonly size: number; readonly place: Place | undefined }>()
  /** blocks whose bodies should be there */
  readonly expected = new Set<BlockHash>()
  readonly pruned = new Set<BlockHash>()
  /** the newest record of the connected tip */
  best: { readonly hash: BlockHash; readonly sequence: number } | undefined
  readonly networks = new Set<string>()

  /** @param place - of the value; undefined where LevelDB has it */
  add(
    { key, value: sealed, sequence }: Pick<SalvagedEntry, 'key' | 'value' | 'sequence'>,
    place: Place | undefined,
  ): void {
    const kind = kindOfKey(key)
    if (kind === 'block') this.#addBody(key, sealed, place)
    if (kind === 'header') this.#addHeader(key, unseal(key, sealed))
    if (kind === 'meta') this.#addMeta(key, unseal(key, sealed), sequence)
  }

  #addBody(key: Uint8Array, sealed: Uint8Array, place: Place | undefined): void {
    const hash = hashOfKey<BlockHash>(key)
    const header = decodeHeader(sealed.subarray(0, HEADER_BYTES))
    // A body whose beginning is damaged is told by its header record.
    if (hash === undefined || !header.ok || header.value.hash !== hash) return
    this.expected.add(hash)
    this.headers.set(hash, header.value)
    const value = unseal(key, sealed)
    if (value === undefined || this.places.has(hash)) return
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
