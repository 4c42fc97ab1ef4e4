import { withDeadline } from '../../protocols/deadline.ts'
import { sayHello } from '../../protocols/hello/client.ts'
import type { Hello } from '../../protocols/hello/codec.ts'
import { handleHello } from '../../protocols/hello/handler.ts'
import { HELLO_PATIENCE_MS, HELLO_TIMEOUT_MS, HELLO_VERSION } from '../../protocols/hello/protocol.ts'
import { blameOnWire, type WireFault } from '../../protocols/wire-fault.ts'
import { createEmitter, type EventSource } from '../base/emitter.ts'
import { errorCode, errorMessage } from '../base/errors.ts'
import type { Result } from '../base/result.ts'
import type { ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerConnection, PeerId, Transport } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { Penalties } from './verdicts.ts'

/** The best block that a peer says or has shown to have. */
export interface PeerTip {
  readonly hash: BlockHash
  readonly height: number
  /** cumulative */
  readonly work: bigint
}

/** A connected peer that has said hello. */
export interface PeerSession extends PeerConnection {
  readonly hello: Hello
  /** from its hello, and from what it has sent since */
  readonly tip: PeerTip
}

export interface PeerSessionEvents {
  /** both sides may use the other protocols from now on */
  peerReady: PeerSession
  peerGone: PeerSession
}

export interface PeerSessions {
  readonly events: EventSource<PeerSessionEvents>
  get(peer: PeerId): PeerSession | undefined
  list(): readonly PeerSession[]
  /** Notes a block that the peer has shown to have; ignored where it is known to have a better one. */
  sawTip(peer: PeerId, tip: PeerTip): void
  /** Answers hellos and says hello on every connection, those that are open already too. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PeerSessionOptions {
  /** printable ASCII, at most 256 bytes */
  readonly userAgent: string
  readonly services: bigint
}

export interface PeerSessionDependencies {
  readonly transport: Transport
  readonly chain: ChainView
  readonly clock: Clock
  readonly logger: Logger
  readonly penalties: Penalties
}

/** After an exchange that was broken off. */
const HELLO_RETRY_MS = 500

interface Acquaintance {
  readonly connection: PeerConnection
  readonly gone: AbortController
  session: PeerSession | undefined
}

/** Keeps a session for each peer that says hello as the protocol asks, and lets the others go. */
export function createPeerSessions(
  { userAgent, services }: PeerSessionOptions,
  { transport, chain, clock, logger, penalties }: PeerSessionDependencies,
): PeerSessions {
  const events = createEmitter<PeerSessionEvents>((error) =>
    logger.error('listener failed', { reason: errorMessage(error) }),
  )
  const network = chain.parameters
  const acquaintances = new Map<PeerId, Acquaintance>()
  const greetings = new Set<Promise<void>>()
  const stops: (() => void)[] = []
  let stopHandling: (() => Promise<void>) | undefined

  const ownHello = (): Hello => {
    const { hash, height, work } = chain.tip()
    return {
      version: HELLO_VERSION,
      genesis: network.genesis.hash,
      tip: hash,
      height,
      work,
      services,
      userAgent,
    }
  }

  function heard(acquaintance: Acquaintance, hello: Result<Hello, WireFault>): void {
    if (acquaintance.gone.signal.aborted) return
    const { connection } = acquaintance
    if (!hello.ok) {
      penalties.punish(connection.peer, blameOnWire(hello.error.code), hello.error)
      return
    }
    const { tip: hash, height, work } = hello.value
    const isNew = acquaintance.session === undefined
    acquaintance.session = { ...connection, hello: hello.value, tip: { hash, height, work } }
    if (!isNew) return
    logger.info('peer ready', {
      peer: connection.peer,
      inbound: connection.inbound,
      height,
      userAgent: hello.value.userAgent,
    })
    events.emit('peerReady', acquaintance.session)
  }

  /** Our hello and the peer's answer; undefined where the peer has said hello by itself meanwhile. */
  async function exchange(
    acquaintance: Acquaintance,
    signal: AbortSignal,
  ): Promise<Result<Hello, WireFault> | undefined> {
    const { peer } = acquaintance.connection
    for (;;) {
      if (acquaintance.session !== undefined) return undefined
      try {
        return await sayHello({ transport, clock, network }, peer, ownHello(), { signal })
      } catch (error) {
        // The stream may have been on that one of two connections that was given up: the deadline ends this.
        if (signal.aborted || errorCode(error) === 'protocol-unsupported') throw error
        await clock.sleep(HELLO_RETRY_MS, signal)
      }
    }
  }

  async function greet(acquaintance: Acquaintance, signal: AbortSignal): Promise<void> {
    // Whoever dialled opens. Where two dial each other at once both may think that it is the other one's turn.
    if (acquaintance.connection.inbound) await clock.sleep(HELLO_PATIENCE_MS, signal)
    const hello = await exchange(acquaintance, signal)
    if (hello !== undefined) heard(acquaintance, hello)
  }

  function meet(connection: PeerConnection): Acquaintance {
    const known = acquaintances.get(connection.peer)
    if (known !== undefined) return known
    const acquaintance: Acquaintance = { connection, gone: new AbortController(), session: undefined }
    const { signal } = acquaintance.gone
    acquaintances.set(connection.peer, acquaintance)
    const greeting = withDeadline(clock, HELLO_TIMEOUT_MS, 'hello', signal, (inner) =>
      greet(acquaintance, inner),
    )
      .catch((error: unknown) => {
        if (signal.aborted || acquaintance.session !== undefined) return
        penalties.drop(connection.peer, errorCode(error) ?? errorMessage(error))
      })
      .finally(() => greetings.delete(greeting))
    greetings.add(greeting)
    return acquaintance
  }

  function part(peer: PeerId): void {
    const acquaintance = acquaintances.get(peer)
    if (acquaintance === undefined) return
    acquaintances.delete(peer)
    acquaintance.gone.abort()
    if (acquaintance.session === undefined) return
    logger.info('peer gone', { peer })
    events.emit('peerGone', acquaintance.session)
  }

  /** The acquaintance of a stream's peer; a stream may be there before the connection's event is. */
  function acquaintanceOf(peer: PeerId): Acquaintance | undefined {
    const connection = transport.connections().find((open) => open.peer === peer)
    return acquaintances.get(peer) ?? (connection && meet(connection))
  }

  return {
    events,
    get: (peer) => acquaintances.get(peer)?.session,
    list: () => [...acquaintances.values()].flatMap(({ session }) => session ?? []),
    sawTip(peer, { hash, height, work }) {
      const acquaintance = acquaintances.get(peer)
      if (acquaintance?.session === undefined || acquaintance.session.tip.work > work) return
      acquaintance.session = { ...acquaintance.session, tip: { hash, height, work } }
    },
    async start() {
      stopHandling = await handleHello(
        { transport, clock, network },
        {
          own: ownHello,
          heard: (peer, hello) => {
            const acquaintance = acquaintanceOf(peer)
            if (acquaintance !== undefined) heard(acquaintance, hello)
          },
        },
      )
      stops.push(
        transport.events.on('peerConnected', (event) => meet({ ...event, since: clock.now() })),
        transport.events.on('peerDisconnected', ({ peer }) => part(peer)),
      )
      for (const connection of transport.connections()) meet(connection)
    },
    async stop() {
      for (const stop of stops.splice(0)) stop()
      await stopHandling?.()
      for (const peer of [...acquaintances.keys()]) part(peer)
      await Promise.all(greetings)
    },
  }
}
