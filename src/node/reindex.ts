import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError, errorCode } from '../base/errors.ts'
import { createChain } from '../chain/chain.ts'
import { type Rebuilt, rebuildChain } from '../chain/rebuild.ts'
import { createVerifiedTransactions } from '../chain/verified-transactions.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import {
  chainFolders,
  isFolder,
  replaceChainFolder,
  settleChainFolders,
} from '../platform/node/chain-folders.ts'
import { openDataDirectory } from '../platform/node/data-directory.ts'
import { writeShutdownMark } from '../platform/node/shutdown-mark.ts'
import { createSignatures } from '../platform/node/signatures.ts'
import { type FoundBlocks, findStoredBlocks } from '../platform/node/stored-blocks.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { ReportProgress } from '../ports/progress.ts'
import type { Random } from '../ports/random.ts'
import type { BlockHash } from '../primitives/hash.ts'
import { createChainStore } from '../storage/chain-store.ts'
import { createCheckedStore } from '../storage/checked-store.ts'
import { openLevelStore } from '../storage/level-store.ts'
import type { NodeConfig } from './config.ts'
import { NETWORK_FILE, networkFileContent } from './config-network.ts'

export interface ReindexDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly report: ReportProgress
}

/** What a reindex has made of the blocks. */
export interface Reindexed extends Rebuilt {
  /** of the tip that is connected now */
  readonly height: number
  readonly tip: BlockHash
}

type ReindexConfig = Pick<NodeConfig, 'network' | 'dataDirectory' | 'cacheBytes' | 'indexes'>

/**
 * Makes the chain's database of a data directory anew from the blocks in it, with all checks: for one that is damaged,
 * or for other indexes. The old one stays as it is until the new one is complete; where anything fails, or `signal`
 * aborts, nothing has changed.
 * @throws CairnError `no-database`, `data-directory-in-use`, `blocks-pruned`, `blocks-of-other-network`, and as the
 * disk fails
 */
export async function reindex(
  config: ReindexConfig,
  dependencies: ReindexDependencies,
  signal: AbortSignal,
): Promise<Reindexed> {
  const { dataDirectory, network } = config
  const { current, next, previous } = chainFolders(dataDirectory)
  // The lock would make the folder.
  if (!(await isFolder(current)) && !(await isFolder(previous))) throw noDatabase(dataDirectory)
  await using stack = new AsyncDisposableStack()
  const startedAt = dependencies.clock.now()
  const directory = await openDataDirectory({ path: dataDirectory, network: network.name, startedAt })
  stack.defer(() => directory.release())
  await settleChainFolders(dataDirectory)

  const found = stack.use(await findStoredBlocks(dataDirectory, { report: dependencies.report, signal }))
  await refuseUnfit(found, config)
  try {
    const rebuilt = await rebuild(next, found, config, dependencies, signal)
    await writeShutdownMark(next)
    signal.throwIfAborted()
    await replaceChainFolder(dataDirectory)
    return rebuilt
  } catch (error) {
    await rm(next, { recursive: true, force: true })
    throw isDiskFull(error) ? noRoom(dataDirectory, error) : error
  }
}

/** What fails afterwards, while the new database is closed, is only a consequence. */
const isDiskFull = (error: unknown): boolean =>
  error instanceof SuppressedError ? isDiskFull(error.suppressed) : errorCode(error) === 'disk-full'

const noRoom = (dataDirectory: string, cause: unknown): CairnError =>
  new CairnError(
    'disk-full',
    `there is no room for a second database in ${dataDirectory}, which a reindex needs: nothing has changed`,
    { dataDirectory },
    cause,
  )

export const noDatabase = (dataDirectory: string): CairnError =>
  new CairnError(
    'no-database',
    `there is no chain in ${dataDirectory}: choose with --data-dir or --network`,
    {
      dataDirectory,
    },
  )

/** Refuses to put less in the place of a database that may still be good for something. */
async function refuseUnfit(
  { networks, pruned }: FoundBlocks,
  { dataDirectory, network }: ReindexConfig,
): Promise<void> {
  const isOurs = networks.size > 0 ? networks.has(network.id) : await isNamed(dataDirectory, network)
  if (!isOurs)
    throw new CairnError(
      'blocks-of-other-network',
      `the chain in ${dataDirectory} is not of the network ${network.name}: choose with --network`,
      { dataDirectory, network: network.name },
    )
  if (pruned > 0)
    throw new CairnError(
      'blocks-pruned',
      `${pruned} blocks in ${dataDirectory} have been pruned, and the coins cannot be worked out without them: delete the folder ${chainFolders(dataDirectory).current} and let \`cairn start\` fetch the chain from peers`,
      { dataDirectory, pruned },
    )
}

/** Whether `network.json`, where it is there, names the network. */
async function isNamed(dataDirectory: string, network: NetworkParameters): Promise<boolean> {
  const text = await readFile(join(dataDirectory, NETWORK_FILE), 'utf8').catch(() => undefined)
  return text === undefined || text.trim() === JSON.stringify(networkFileContent(network))
}

async function rebuild(
  folder: string,
  found: FoundBlocks,
  { network, cacheBytes, indexes }: ReindexConfig,
  { clock, random, logger, report }: ReindexDependencies,
  signal: AbortSignal,
): Promise<Reindexed> {
  await using stack = new AsyncDisposableStack()
  const level = await openLevelStore(folder, clock)
  stack.defer(() => level.close())
  const signatures = await createSignatures()
  stack.defer(() => signatures.close())
  const store = createChainStore(createCheckedStore(level), indexes)
  const verified = createVerifiedTransactions()
  const chain = createChain(
    network,
    { store, signatures, verified, clock, random, logger },
    { maxCacheBytes: cacheBytes },
  )
  stack.defer(() => chain.stop())
  await chain.start()
  const rebuilt = await rebuildChain(found, chain, { report, signal })
  const { height, hash: tip } = chain.tip()
  const { skipped } = rebuilt
  return { ...rebuilt, height, tip, skipped: { ...skipped, damaged: skipped.damaged + found.damaged } }
}
