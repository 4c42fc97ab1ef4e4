import type { NodeConfig } from '../../node/config.ts'
import type { GivenFlags } from '../../node/config-layers.ts'
import { loadConfig } from '../../node/config-load.ts'
import { createNode } from '../../node/create-node.ts'
import { createPinoLogger } from '../../platform/node/pino-logger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { CommandContext } from '../context.ts'
import { withPayout } from '../default-payout.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { exitCodeOf } from '../failure.ts'
import type { PassphraseOptions } from '../passphrase.ts'
import { runNode } from '../run-node.ts'
import { createStopSignal } from '../signals.ts'

export interface StartOptions extends PassphraseOptions {
  readonly flags: GivenFlags
  readonly config?: string
}

/** A stop that takes longer hangs; the disk is consistent at every moment: milliseconds. */
const STOP_LIMIT_MS = 10_000

/** `cairn start`: runs until a signal stops it. */
export async function start(options: StartOptions, context: CommandContext): Promise<ExitCode> {
  const { machine, clock } = context
  using stop = createStopSignal(process, (code) => process.exit(code), clock.monotonic)
  const config = await loadConfig(options.flags, options.config, machine)
  const logger = await createPinoLogger({ ...config.logging, colours: machine.interactive })
  // Node then ends the process as it always does; the log should know why.
  process.on('uncaughtExceptionMonitor', (error) => logger.error('crashed', { error }))
  stop.signal.addEventListener('abort', () => limitStop(context, logger))
  try {
    const make = async () => createNode(await withPayout(config, options, context, logger), { logger })
    await runNode(config, { createNode: make, clock, logger }, stop.signal)
    logger.info('node stopped')
    return EXIT.ok
  } catch (error) {
    // Stopped before it had started.
    if (stop.signal.aborted && error === stop.signal.reason) return exitCodeOf(error)
    logger.debug('start failed', { error, config: summaryOf(config) })
    throw error
  }
}

function limitStop({ clock }: CommandContext, logger: Logger): void {
  clock.after(STOP_LIMIT_MS, () => {
    logger.error('stop took too long', { seconds: STOP_LIMIT_MS / 1000 })
    process.exit(EXIT.failed)
  })
}

function summaryOf({ network, dataDirectory, p2p, api }: NodeConfig): Record<string, unknown> {
  return { network: network.name, dataDirectory, p2p, api }
}
