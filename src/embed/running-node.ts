import { join } from 'node:path'
import type { NodeConfig } from '../node/config.ts'
import { NETWORK_FILE, networkFileContent } from '../node/config-network.ts'
import { removeApiCookie, writeApiCookie } from '../platform/node/api-cookie.ts'
import { openDataDirectory } from '../platform/node/data-directory.ts'
import { writeDurableFile } from '../platform/node/durable-file.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { NodeServices } from '../ports/node-services.ts'

/** A node as `cairn start` runs it. */
export interface RunnableNode {
  readonly services: NodeServices
  /** Rejects with the signal's reason when it aborts first; nothing runs then. */
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export interface RunDependencies {
  /** Makes the node; the data directory is this process's own by then. */
  createNode(): RunnableNode | Promise<RunnableNode>
  readonly clock: Clock
  readonly logger: Logger
}

/** A node with its API, on a data directory that it has for itself. */
export interface RunningNode extends AsyncDisposable {
  readonly services: NodeServices
  /** URL of its HTTP API; undefined where that is off */
  readonly api: string | undefined
}

/**
 * Takes the lock of the data directory, starts the node and then its API, and tells of both in `node.json` and in the
 * log. Disposing stops everything in reverse.
 * Rejects as whatever could not be started, or with the signal's reason; what had been started is stopped then.
 */
export async function startRunningNode(
  config: NodeConfig,
  { createNode, clock, logger }: RunDependencies,
  signal: AbortSignal,
): Promise<RunningNode> {
  await using cleanup = new AsyncDisposableStack()
  const { dataDirectory: path, network } = config
  const directory = await openDataDirectory({ path, network: network.name, startedAt: clock.now() })
  cleanup.defer(() => directory.release())

  signal.throwIfAborted()
  const node = await createNode()
  signal.throwIfAborted()
  await node.start(signal)
  cleanup.defer(() => node.stop())

  await writeDurableFile(join(path, NETWORK_FILE), `${JSON.stringify(networkFileContent(network))}\n`)

  const { services } = node
  const api = config.api && (await startApi(config.api, path, services, { clock, logger }, cleanup))
  await directory.publish({ peerId: services.peerId, api })
  const tip = services.chain.tip()
  logger.info('node started', {
    peerId: services.peerId,
    network: network.name,
    genesis: network.genesis.hash,
    height: tip.height,
    tip: tip.hash,
    addresses: services.addresses(),
    api,
  })
  const running = cleanup.move()
  return { services, api, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

/** Loaded only where it is wanted: an HTTP server is a good part of the time that a start takes. */
async function startApi(
  options: NonNullable<NodeConfig['api']>,
  dataDirectory: string,
  services: NodeServices,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  cleanup: AsyncDisposableStack,
): Promise<string> {
  const { createApiServer } = await import('../api/server.ts')
  const token = await writeApiCookie(dataDirectory)
  cleanup.defer(() => removeApiCookie(dataDirectory))
  const server = createApiServer({ ...options, token }, { services, clock, logger: logger.child('api') })
  cleanup.defer(() => server.stop())
  return server.start()
}
