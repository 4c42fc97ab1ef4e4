import type { EventSource } from '../base/emitter.ts'
import { configOf } from '../node/config-load.ts'
import type { GivenConfig } from '../node/config-schema.ts'
import { createNode as createBareNode } from '../node/create-node.ts'
import { systemClock } from '../platform/node/clock.ts'
import { createMachine } from '../platform/node/machine.ts'
import type { ChainEvents } from '../ports/chain.ts'
import { type Logger, SILENT_LOGGER } from '../ports/logger.ts'
import type { MempoolEvents } from '../ports/mempool.ts'
import type { NodeServices } from '../ports/node-services.ts'
import type { TransportEvents } from '../ports/transport.ts'
import { startRunningNode } from './running-node.ts'

/** What happens in a node, in the past tense: what is told of a block is on disk already. */
export interface EmbeddedEvents {
  /** blocks joined the best chain, and others may have left it */
  tipChanged: ChainEvents['tipChanged']
  headersAdded: ChainEvents['headersAdded']
  transactionAdded: MempoolEvents['added']
  transactionRemoved: MempoolEvents['removed']
  peerConnected: TransportEvents['peerConnected']
  peerDisconnected: TransportEvents['peerDisconnected']
}

/** A node that runs inside a program: what it can be asked, and what it tells. */
export interface EmbeddedNode extends NodeServices, EventSource<EmbeddedEvents>, AsyncDisposable {
  /** URL of its HTTP API; undefined where that is off */
  readonly api: string | undefined
  /** Stops it in order; what was acknowledged is on disk then. */
  stop(): Promise<void>
}

export interface EmbeddingOptions {
  /** nothing is logged unless told */
  readonly logger?: Logger
  /** ends the start; a node that has started is stopped by `stop` */
  readonly signal?: AbortSignal
}

/**
 * Starts a node inside this program.
 *
 *     await using node = await createNode({ network: 'dev', dataDir: './data', api: { enabled: false } })
 *     node.on('tipChanged', ({ tip }) => console.log(tip.height))
 *
 * @param config - as in a configuration file; what is left out has the defaults of `cairn start`
 * @throws CairnError `config-invalid`, `data-directory-in-use`, `listen-failed` and others, each with a sentence
 */
export async function createNode(
  config: GivenConfig = {},
  { logger = SILENT_LOGGER, signal = new AbortController().signal }: EmbeddingOptions = {},
): Promise<EmbeddedNode> {
  const full = await configOf(config, createMachine())
  const running = await startRunningNode(
    full,
    { createNode: () => createBareNode(full, { logger }), clock: systemClock, logger },
    signal,
  )
  const { services, api } = running
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    stopping ??= Promise.resolve(running[Symbol.asyncDispose]())
    await stopping
  }
  return { ...services, api, on: subscribe(services), stop, [Symbol.asyncDispose]: stop }
}

type Subscriptions = {
  readonly [K in keyof EmbeddedEvents]: (listener: (event: EmbeddedEvents[K]) => void) => () => void
}

function subscribe({ chain, mempool, peerEvents }: NodeServices): EmbeddedNode['on'] {
  const subscriptions: Subscriptions = {
    tipChanged: (listener) => chain.events.on('tipChanged', listener),
    headersAdded: (listener) => chain.events.on('headersAdded', listener),
    transactionAdded: (listener) => mempool.events.on('added', listener),
    transactionRemoved: (listener) => mempool.events.on('removed', listener),
    peerConnected: (listener) => peerEvents.on('peerConnected', listener),
    peerDisconnected: (listener) => peerEvents.on('peerDisconnected', listener),
  }
  return (kind, listener) => subscriptions[kind](listener)
}
