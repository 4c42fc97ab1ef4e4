import { toHex } from '../../base/bytes.ts'
import type { NetworkParameters } from '../../consensus/parameters.ts'
import type { ReportProgress } from '../../ports/progress.ts'
import type { Store } from '../../ports/store.ts'
import { type Block, decodeBlock } from '../../primitives/block.ts'
import type { Coin } from '../../primitives/coin.ts'
import { unseal } from '../../storage/checked-store.ts'
import { decodeUndo } from '../../storage/coin-records.ts'
import { undamaged } from '../../storage/damage.ts'
import { blockKey, undoKey } from '../../storage/keyspace.ts'
import type { HeaderTree, TreeEntry } from '../header-tree.ts'
import type { Path } from '../path.ts'
import type { Findings } from './findings.ts'
import type { Scanned } from './scan.ts'

/** What the later steps of a verification stand on. */
export interface Ground {
  /** as it is on disk, with the checksums */
  readonly store: Store
  readonly parameters: NetworkParameters
  readonly findings: Findings
  readonly scanned: Scanned
  readonly tree: HeaderTree
  /** all entries by height, genesis first */
  readonly order: readonly TreeEntry[]
  /** the chain up to the block as of which the coins are stored; undefined where there is no such chain */
  readonly coinPath: Path | undefined
  /** the chain up to the connected tip */
  readonly bestPath: Path | undefined
  readonly report: ReportProgress
  readonly signal: AbortSignal
}

/** Undefined where it is not there, or damaged; which of the two `scanned` knows. */
export async function readRecord(
  { store }: Pick<Ground, 'store'>,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  const sealed = await store.get(key)
  return sealed && unseal(key, sealed)
}

export async function readRecords(
  { store }: Pick<Ground, 'store'>,
  keys: readonly Uint8Array[],
): Promise<(Uint8Array | undefined)[]> {
  const values = await store.getMany(keys)
  return values.map((sealed, i) => sealed && unseal(keys[i]!, sealed))
}

/** The block, where it can be read. */
export async function readBlock(ground: Ground, { hash }: TreeEntry): Promise<Block | undefined> {
  const bytes = await readRecord(ground, blockKey(hash))
  const block = bytes && decodeBlock(bytes)
  return block?.ok && block.value.hash === hash ? block.value : undefined
}

/** The undo data, where it can be read. */
export async function readUndo(ground: Ground, { hash }: TreeEntry): Promise<Coin[] | undefined> {
  const bytes = await readRecord(ground, undoKey(hash))
  return bytes && undamaged(() => decodeUndo(bytes))
}

export const isDamaged = ({ scanned }: Ground, key: Uint8Array): boolean => scanned.damaged.has(toHex(key))
