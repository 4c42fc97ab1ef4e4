import { type RunDependencies, startRunningNode } from '../embed/running-node.ts'
import type { NodeConfig } from '../node/config.ts'

/**
 * Runs a node until `signal` aborts, and stops it then.
 * Rejects as whatever could not be started; what had been started is stopped then.
 */
export async function runNode(
  config: NodeConfig,
  dependencies: RunDependencies,
  signal: AbortSignal,
): Promise<void> {
  await using _running = await startRunningNode(config, dependencies, signal)
  await untilAborted(signal)
  dependencies.logger.info('node stopping')
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
