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

/**
 * Runs a node from the lock on its data directory to its removal: starts it, then its API, tells in `node.json` and in
 * the log that it runs, and stops everything in reverse once `signal` aborts.
 * Rejects as whatever could not be started; what had been started is stopped then.
 */
export async function runNode(
  config: NodeConfig,
  { createNode, clock, logger }: RunDependencies,
  signal: AbortSignal,
): Promise<void> {
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
  const api = config.api && (await startApi(config.api.port, path, services, { clock, logger }, cleanup))
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

  await untilAborted(signal)
  logger.info('node stopping')
}

/** Loaded only where it is wanted: an HTTP server is a good part of the time that a start takes. */
async function startApi(
  port: number,
  dataDirectory: string,
  services: NodeServices,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  cleanup: AsyncDisposableStack,
): Promise<string> {
  const { createApiServer } = await import('../api/server.ts')
  const token = await writeApiCookie(dataDirectory)
  cleanup.defer(() => removeApiCookie(dataDirectory))
  const server = createApiServer({ port, token }, { services, clock, logger: logger.child('api') })
  cleanup.defer(() => server.stop())
  return server.start()
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
