import { rm } from 'node:fs/promises'
import { CairnError } from '../base/errors.ts'
import { type Finding, Findings } from '../chain/verify/findings.ts'
import { type Verified, verifyChain } from '../chain/verify/verify-chain.ts'
import { checkChainDatabase } from '../platform/node/chain-database.ts'
import { chainFolders, isFolder, linkChainFolder } from '../platform/node/chain-folders.ts'
import { openDataDirectory } from '../platform/node/data-directory.ts'
import { createSignatures } from '../platform/node/signatures.ts'
import type { Clock } from '../ports/clock.ts'
import type { ReportProgress } from '../ports/progress.ts'
import type { Random } from '../ports/random.ts'
import { openLevelStore } from '../storage/level-store.ts'
import type { NodeConfig } from './config.ts'
import { noDatabase } from './reindex.ts'

export interface VerifyDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly report: ReportProgress
}

export interface VerifyOutcome {
  readonly findings: readonly Finding[]
  /** bytes of the files that were read and found right */
  readonly bytes: number
  /** undefined where the files are damaged, so that nothing in them could be looked at */
  readonly verified: Verified | undefined
}

/**
 * Checks the whole database of a data directory that no node uses: its files, and what is in them. No byte of it is
 * changed: LevelDB, which writes into a folder even to read it, is given a folder of its own beside it, of links to the
 * tables and copies of the rest.
 * @throws CairnError `no-database`, `data-directory-in-use`, `reindex-interrupted`, and as the disk fails
 */
export async function verify(
  { dataDirectory, network }: Pick<NodeConfig, 'dataDirectory' | 'network'>,
  { clock, random, report }: VerifyDependencies,
  { withSignatures }: { readonly withSignatures: boolean },
  signal: AbortSignal,
): Promise<VerifyOutcome> {
  await requireDatabase(dataDirectory)
  await using stack = new AsyncDisposableStack()
  const directory = await openDataDirectory({
    path: dataDirectory,
    network: network.name,
    startedAt: clock.now(),
  })
  stack.defer(() => directory.release())
  const findings = new Findings()
  report({ step: 'checking files', unit: 'bytes', done: 0, total: undefined })
  const files = await checkChainDatabase(dataDirectory, { maxBytes: Number.POSITIVE_INFINITY, signal })
  if (files.kind === 'first') throw noDatabase(dataDirectory)
  if (files.kind === 'damaged') {
    findings.add('file-damaged', `${files.file}: ${files.what}`)
    return { findings: findings.list(), bytes: 0, verified: undefined }
  }
  const size = files.checked
  report({ step: 'checking files', unit: 'bytes', done: size, total: size })

  stack.defer(() => rm(chainFolders(dataDirectory).copy, { recursive: true, force: true }))
  const store = await openLevelStore(await linkChainFolder(dataDirectory, signal), clock)
  stack.defer(() => store.close())
  const signatures = withSignatures ? await createSignatures() : undefined
  stack.defer(async () => signatures?.close())
  const verified = await verifyChain(store, network, findings, { size, signatures, random, report, signal })
  return { findings: findings.list(), bytes: size, verified }
}

async function requireDatabase(dataDirectory: string): Promise<void> {
  const { current, previous } = chainFolders(dataDirectory)
  if (await isFolder(current)) return
  if (await isFolder(previous))
    throw new CairnError(
      'reindex-interrupted',
      `a reindex of ${dataDirectory} was interrupted at its very end: \`cairn start\` finishes it`,
      { dataDirectory },
    )
  throw noDatabase(dataDirectory)
}
