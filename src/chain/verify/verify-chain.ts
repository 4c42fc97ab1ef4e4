import type { NetworkParameters } from '../../consensus/parameters.ts'
import type { ReportProgress } from '../../ports/progress.ts'
import type { Random } from '../../ports/random.ts'
import type { Signatures } from '../../ports/signatures.ts'
import type { Store } from '../../ports/store.ts'
import { type BlockHash, toHashId } from '../../primitives/hash.ts'
import type { IndexOptions } from '../../storage/chain-store.ts'
import { SCHEMA_VERSION } from '../../storage/keyspace.ts'
import type { HeaderTree } from '../header-tree.ts'
import { Path } from '../path.ts'
import { AddressHistory } from './address-history.ts'
import { verifyBlocks } from './blocks.ts'
import { verifyAddresses, verifyCoins } from './coins.ts'
import type { Findings } from './findings.ts'
import type { Ground } from './ground.ts'
import { verifyHeaders } from './headers.ts'
import { Replay } from './replay.ts'
import { type Scanned, scanRecords } from './scan.ts'
import { TransactionIndex } from './transaction-index.ts'

export interface VerifyOptions {
  /** about how many bytes the store holds */
  readonly size: number
  /** verifies the signatures of the blocks as well, where it is given */
  readonly signatures: Signatures | undefined
  readonly random: Random
  readonly report: ReportProgress
  readonly signal: AbortSignal
}

/** What has been looked at. */
export interface Verified {
  readonly records: number
  readonly headers: number
  readonly bodies: number
  readonly coins: number
  /** of the block as of which the coins are stored */
  readonly height: number | undefined
  /**
   * whether the coins were worked out anew: all of them, those that the blocks make and spend which are not pruned,
   * or none since something is missing for it
   */
  readonly replayed: 'all' | 'kept blocks' | 'none'
}

/**
 * Checks the whole of a chain's store, and only reads it: every record by itself, headers against the rules, blocks
 * against their headers, undo data, coins and indexes against what the blocks come to.
 *
 * In memory are all headers and about a hundred bytes for each coin.
 * @param store - without checksums taken off
 * @param findings - gets what is wrong
 */
export async function verifyChain(
  store: Store,
  parameters: NetworkParameters,
  findings: Findings,
  { size, signatures, random, report, signal }: VerifyOptions,
): Promise<Verified> {
  const scanned = await scanRecords(store, findings, { size, report, signal })
  const indexes = verifyMeta(scanned, parameters, findings)
  const { tree, order } = verifyHeaders(scanned.headers, parameters, findings)
  const ground: Ground = {
    store,
    parameters,
    findings,
    scanned,
    tree,
    order: [tree.genesis, ...order],
    coinPath: pathTo(scanned, tree, 'tip', findings),
    bestPath: pathTo(scanned, tree, 'best', findings),
    report,
    signal,
  }
  const { coinPath } = ground
  const replay = coinPath && (await Replay.begin(ground, coinPath, random, signatures))
  const index = indexes.transactions ? new TransactionIndex(ground) : undefined
  const history = indexes.addresses ? new AddressHistory(ground) : undefined
  await verifyBlocks(ground, replay, index, history)
  await replay?.finish()
  const complete = replay?.complete ? replay : undefined
  const coins = await verifyCoins(ground, complete, indexes.addresses)
  if (indexes.addresses) await verifyAddresses(ground)
  await index?.finish()
  await history?.finish()
  return {
    records: scanned.records,
    headers: scanned.headers.size,
    bodies: scanned.bodies.size,
    coins,
    height: coinPath?.tip.height,
    replayed: complete === undefined ? 'none' : complete.fromGenesis ? 'all' : 'kept blocks',
  }
}

/** Holds the settings against what they can be; which indexes are kept. */
function verifyMeta({ meta, counts }: Scanned, { id }: NetworkParameters, findings: Findings): IndexOptions {
  const text = (name: string): string => new TextDecoder().decode(meta.get(name))
  if (text('schema') !== String(SCHEMA_VERSION)) findings.add('meta-wrong', `schema ${text('schema')}`)
  if (text('network') !== id) findings.add('meta-wrong', `network ${text('network')}`)
  const [, addresses, transactions] =
    /^\{"addresses":(true|false),"transactions":(true|false)\}$/.exec(text('indexes')) ?? []
  if (addresses === undefined) findings.add('meta-wrong', `indexes ${text('indexes')}`)
  const indexes = { addresses: addresses === 'true', transactions: transactions === 'true' }
  const strayAddresses = indexes.addresses ? 0 : (counts.get('address') ?? 0)
  const strayHistory = indexes.addresses ? 0 : (counts.get('history') ?? 0)
  const strayTransactions = indexes.transactions ? 0 : (counts.get('transaction') ?? 0)
  if (strayAddresses > 0) findings.add('address-unexpected', 'the index is off', strayAddresses)
  if (strayHistory > 0) findings.add('history-wrong', 'the index is off', strayHistory)
  if (strayTransactions > 0) findings.add('transaction-wrong', 'the index is off', strayTransactions)
  return indexes
}

/** The chain that leads to one of the two tips, each block of it connected before; undefined where there is none. */
function pathTo(
  { meta }: Scanned,
  tree: HeaderTree,
  name: 'tip' | 'best',
  findings: Findings,
): Path | undefined {
  const value = meta.get(name)
  const hash = value?.length === 32 ? toHashId<BlockHash>(value) : undefined
  const entry = hash === undefined ? undefined : tree.get(hash)
  if (!entry?.linked || !entry.valid) {
    findings.add('tip-wrong', `${name} ${hash ?? 'is missing'}`)
    return undefined
  }
  const path = new Path(tree.genesis)
  path.setTip(entry)
  return path
}
