import { CairnError } from '../base/errors.ts'
import type { NodeConfig } from '../node/config.ts'
import { loadConfig } from '../node/config-load.ts'
import { readApiCookie } from '../platform/node/api-cookie.ts'
import { isProcessRunning, readNodeFile } from '../platform/node/node-file.ts'
import { type ApiClient, createApiClient } from './api-client.ts'
import type { ApiOptions, CommandContext, NodeOptions } from './context.ts'
import { UsageError } from './failure.ts'

/** The configuration that the node of these options has, as far as the options say it. */
export function configOf(
  { network, dataDir, config }: NodeOptions,
  { machine }: CommandContext,
): Promise<NodeConfig> {
  const flags = {
    ...(network === undefined ? {} : { network }),
    ...(dataDir === undefined ? {} : { dataDir }),
  }
  return loadConfig(flags, config, machine)
}

export interface Connection {
  readonly client: ApiClient
  readonly config: NodeConfig
}

/**
 * The node to ask: the one that `--api` or CAIRN_API_URL names, or the one that runs on the data directory.
 * Nothing is asked yet.
 * @param config - where it was loaded before
 * @throws CairnError `node-unreachable`
 */
export async function connect(
  options: ApiOptions,
  context: CommandContext,
  config?: NodeConfig,
): Promise<Connection> {
  config ??= await configOf(options, context)
  const { CAIRN_API_URL, CAIRN_API_TOKEN } = context.machine.environment
  const named = options.api ?? (CAIRN_API_URL || undefined)
  const { dataDirectory } = config
  if (named === undefined) {
    const url = await runningNode(config)
    const token = await readApiCookie(dataDirectory)
    return {
      client: createApiClient(url, context.fetch, { token, explain: explainUnreachable(config) }),
      config,
    }
  }
  const url = checkUrl(named)
  // The token of one node is not shown to another.
  const isOwn = (await readNodeFile(dataDirectory))?.api === url
  const token = CAIRN_API_TOKEN || (isOwn ? await readApiCookie(dataDirectory) : undefined)
  return { client: createApiClient(url, context.fetch, { token }), config }
}

/** The same, where the command is about coins: refuses a node of another network. */
export async function connectToNetwork(
  options: ApiOptions,
  context: CommandContext,
  known?: NodeConfig,
): Promise<Connection> {
  const { client, config } = await connect(options, context, known)
  const { network } = await client.status()
  if (network.genesis !== config.network.genesis.hash)
    throw new CairnError(
      'node-of-other-network',
      `the node at ${client.url} is one of the network ${network.name}, not of ${config.network.name}: choose with --network`,
      { node: network.name, wanted: config.network.name },
    )
  return { client, config }
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(
      `--api (CAIRN_API_URL) is ${JSON.stringify(text)}, but has to be a URL such as http://127.0.0.1:9472`,
    )
  return url.origin
}

const HOW_TO_START = 'start one with `cairn start`, or choose another with --network, --data-dir or --api'

async function runningNode(config: NodeConfig): Promise<string> {
  const { dataDirectory } = config
  const file = await readNodeFile(dataDirectory)
  if (file?.api !== undefined) return file.api
  const details = { dataDirectory }
  if (file !== undefined && isProcessRunning(file.pid))
    throw new CairnError(
      'node-unreachable',
      `the node on ${dataDirectory} (process ${file.pid}) is still starting, or runs with --no-api`,
      details,
    )
  throw new CairnError('node-unreachable', `no node runs on ${dataDirectory}: ${HOW_TO_START}`, details)
}

/** A node that was killed leaves its address behind; "nobody listens there" alone would not say why. */
function explainUnreachable({ dataDirectory }: NodeConfig) {
  return async (error: CairnError): Promise<CairnError> => {
    const file = await readNodeFile(dataDirectory)
    if (file === undefined || isProcessRunning(file.pid)) return error
    return new CairnError(
      'node-unreachable',
      `the node on ${dataDirectory} (process ${file.pid}) has ended without saying so: ${HOW_TO_START}`,
      { dataDirectory, pid: file.pid },
      error,
    )
  }
}
