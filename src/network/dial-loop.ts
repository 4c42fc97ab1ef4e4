import { CairnError, errorMessage } from '../base/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { type Random, shuffled } from '../ports/random.ts'
import type { PeerConnection, PeerId } from '../ports/transport.ts'
import { addressGroup } from './address-group.ts'
import type { BackOff } from './back-off.ts'
import type { KnownPeer, KnownPeers } from './known-peers.ts'
import { createWaker } from './waker.ts'

/** Dials at once. */
const MAX_DIALING = 16
/** A dial takes at most this long. */
const DIAL_TIMEOUT_MS = 8_000
/** How often the loop looks for pauses that are over, where nothing wakes it sooner. */
const TICK_MS = 500
/** The least time between two looks: discovery wakes the loop once for each peer. */
const SPACING_MS = 20
/** A connection more than we want is not looked at before this age: a DHT query or a first exchange may be using it. */
const TRIM_AGE_MS = 30_000
/** A peer is forgotten after so many failures in a row, one that was ever met after some hours of them. */
const FAILURES_UNTIL_FORGOTTEN = 8
const FAILURES_UNTIL_PROVEN_FORGOTTEN = 200

export interface DialLoopOptions {
  /** outbound connections to keep */
  readonly targetOutbound: number
  /** connected peers at most */
  readonly maxPeers: number
  /** peers that the user named: dialled for ever, whatever the target */
  readonly named: readonly PeerId[]
}

export interface DialLoopDependencies {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly known: KnownPeers
  readonly backOff: BackOff
  readonly isBanned: (peer: PeerId) => boolean
  readonly connections: () => readonly PeerConnection[]
  /** whether the peer's connection carries more than upkeep */
  readonly isBusy: (peer: PeerId) => boolean
  readonly dial: (peer: PeerId, signal: AbortSignal) => Promise<void>
  readonly hangUp: (peer: PeerId) => void
}

/**
 * Keeps the wanted number of outbound connections, over the peers that are known: libp2p dials nobody by itself.
 * New peers are preferred from address groups that we have no outbound connection to, then those that were met
 * before. Outbound connections beyond the target, as DHT queries make them, are let go when they are idle.
 */
export interface DialLoop {
  /** Runs until the signal aborts and every dial has ended. */
  run(signal: AbortSignal): Promise<void>
  /** Something has changed: look again soon. */
  poke(): void
}

export function createDialLoop(options: DialLoopOptions, dependencies: DialLoopDependencies): DialLoop {
  const { clock, random, logger, known, backOff } = dependencies
  const named = new Set(options.named)
  const dialing = new Map<PeerId, Promise<void>>()
  const waker = createWaker(clock)

  async function dial(peer: PeerId, stopping: AbortSignal): Promise<void> {
    const timeout = new AbortController()
    const cancel = clock.after(DIAL_TIMEOUT_MS, () =>
      timeout.abort(new CairnError('dial-timeout', 'the peer does not answer', { peer })),
    )
    try {
      await dependencies.dial(peer, AbortSignal.any([stopping, timeout.signal]))
    } catch (error) {
      if (stopping.aborted) return
      backOff.failed(peer)
      logger.debug('dial failed', { peer, error: errorMessage(error) })
      if (isGivenUp(peer)) known.forget(peer)
    } finally {
      cancel()
    }
  }

  function isGivenUp(peer: PeerId): boolean {
    const limit = known.get(peer)?.proven ? FAILURES_UNTIL_PROVEN_FORGOTTEN : FAILURES_UNTIL_FORGOTTEN
    // Without any connection it may well be us who are cut off.
    return backOff.failures(peer) >= limit && !named.has(peer) && dependencies.connections().length > 0
  }

  function start(peer: PeerId, stopping: AbortSignal): void {
    const done = dial(peer, stopping).finally(() => {
      dialing.delete(peer)
      waker.poke()
    })
    dialing.set(peer, done)
  }

  function fill(stopping: AbortSignal): void {
    const connections = dependencies.connections()
    const connected = new Set(connections.map(({ peer }) => peer))
    const outbound = connections.filter(({ inbound }) => !inbound)
    const mayDial = (peer: PeerId): boolean =>
      !connected.has(peer) && !dialing.has(peer) && backOff.mayDial(peer) && !dependencies.isBanned(peer)
    const room = (): number => Math.min(options.maxPeers - connected.size, MAX_DIALING) - dialing.size

    for (const peer of named) if (room() > 0 && mayDial(peer)) start(peer, stopping)

    let wanted = Math.min(options.targetOutbound - outbound.length - dialing.size, room())
    if (wanted <= 0) return
    const candidates = [...known.all()].filter(({ peer }) => mayDial(peer))
    for (const { peer } of inOrder(candidates, outbound)) {
      if (wanted-- <= 0) break
      start(peer, stopping)
    }
  }

  function inOrder(candidates: readonly KnownPeer[], outbound: readonly PeerConnection[]): KnownPeer[] {
    const taken = new Set(outbound.map(({ address }) => addressGroup(address)))
    const rank = ({ group, proven }: KnownPeer): number =>
      (group !== undefined && taken.has(group) ? 2 : 0) + (proven ? 0 : 1)
    return shuffled(random, candidates).sort((a, b) => rank(a) - rank(b))
  }

  function trim(): void {
    const outbound = dependencies.connections().filter(({ inbound }) => !inbound)
    const excess = outbound.length - options.targetOutbound
    if (excess <= 0) return
    const youngest = outbound
      .filter(({ peer }) => !named.has(peer) && !dependencies.isBusy(peer))
      .sort((a, b) => b.since - a.since)
      .slice(0, excess)
    for (const { peer, since } of youngest) if (clock.now() - since > TRIM_AGE_MS) dependencies.hangUp(peer)
  }

  return {
    poke: waker.poke,
    async run(signal) {
      try {
        for (;;) {
          fill(signal)
          trim()
          await clock.sleep(SPACING_MS, signal)
          await waker.sleep(TICK_MS, signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
      await Promise.all(dialing.values())
    },
  }
}
