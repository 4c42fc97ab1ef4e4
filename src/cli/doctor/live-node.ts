import { errorMessage } from '../../base/errors.ts'
import type { Status } from '../../client/views.ts'
import type { NodeConfig } from '../../node/config.ts'
import { isProcessRunning, type NodeFile, readNodeFile } from '../../platform/node/node-file.ts'
import { connect } from '../connect.ts'
import type { CommandContext } from '../context.ts'
import { durationText } from '../duration.ts'
import { type Finding, ok, type Patient, problem, warning } from './finding.ts'

/** A node that is well answers sooner: milliseconds. */
const PATIENCE_MS = 5_000

/** The node that uses the data directory, if any, and what it says. */
export interface LiveNode {
  /** what `node.json` says; undefined where there is none */
  readonly file: NodeFile | undefined
  /** whether the process of that file runs */
  readonly runs: boolean
  readonly status: Status | undefined
  /** why it has not answered */
  readonly silence: string | undefined
}

export async function findLiveNode(config: NodeConfig, context: CommandContext): Promise<LiveNode> {
  const file = await readNodeFile(config.dataDirectory).catch(() => undefined)
  const runs = file !== undefined && isProcessRunning(file.pid)
  if (file?.api === undefined || !runs) return { file, runs, status: undefined, silence: undefined }
  return { file, runs, ...(await askStatus(file.api, config, context)) }
}

/** What the Cairn node at `url` says of itself; why not, where it does not in a few seconds. */
export async function askStatus(
  url: string,
  config: NodeConfig,
  context: CommandContext,
): Promise<Pick<LiveNode, 'status' | 'silence'>> {
  const late = Promise.withResolvers<never>()
  const cancel = context.clock.after(PATIENCE_MS, () =>
    late.reject(new Error(`no answer from ${url} in ${PATIENCE_MS / 1000} s`)),
  )
  try {
    const { client } = await connect({ api: url }, context, config)
    return { status: await Promise.race([client.status(), late.promise]), silence: undefined }
  } catch (error) {
    return { status: undefined, silence: errorMessage(error) }
  } finally {
    cancel()
  }
}

/** Whether the node can be reached and is in step. */
export function checkNode({ config, node: { file, runs, status, silence } }: Patient): Finding[] {
  const check = 'node'
  if (!runs || file === undefined)
    return [
      warning(
        check,
        `no node runs on ${config.dataDirectory}`,
        'start one with `cairn start` when all is well',
      ),
    ]
  if (file.api === undefined)
    return [
      warning(
        check,
        `process ${file.pid} is still starting, runs with --no-api, or works on the database`,
        'look at its log; commands need the API',
      ),
    ]
  if (status === undefined)
    return [
      problem(
        check,
        `process ${file.pid} does not answer: ${silence ?? 'for no known reason'}`,
        'look at its log, and stop and start it where that says nothing',
      ),
    ]
  return [ok(check, `process ${file.pid} answers at ${file.api}`), inStep(status)]
}

function inStep({ sync, tip, bestHeader }: Status): Finding {
  const check = 'sync'
  const { phase, blocksLeft, secondsLeft, presyncPercent } = sync
  if (phase === 'idle' && blocksLeft === 0) return ok(check, `up to date at height ${tip.height}`)
  if (phase === 'presync')
    return warning(
      check,
      `looking for a chain with enough work, ${presyncPercent ?? 0} % of it seen`,
      'wait, and look at --minimum-work where it does not end',
    )
  const left = secondsLeft === null ? '' : `, ${durationText(secondsLeft * 1000)} left`
  return warning(
    check,
    `at height ${tip.height} of ${bestHeader.height}, ${blocksLeft} blocks behind${left}`,
    'wait until it has caught up, and look at its peers where it does not move',
  )
}
