import type { Clock } from '../ports/clock.ts'
import { type Random, shuffled } from '../ports/random.ts'
import type { PeerConnection, PeerId } from '../ports/transport.ts'
import { addressGroup } from './address-group.ts'
import type { Anchors } from './anchors.ts'
import type { BackOff } from './back-off.ts'
import type { ExtraPeers } from './extra-peers.ts'
import type { KnownPeer, KnownPeers } from './known-peers.ts'
import { assignSlots, type OutboundSlots } from './outbound-slots.ts'
import type { PeerDialer } from './peer-dialer.ts'
import { createWaker } from './waker.ts'

/** How often the loop looks for pauses that are over, where nothing wakes it sooner; and when nobody is missing. */
const TICK_MS = 500
const CONTENT_TICK_MS = 2_000
/** The least time between two looks: discovery wakes the loop once for each peer. */
const SPACING_MS = 20
/** A connection more than we want is not looked at before this age: a DHT query or a first exchange may be using it. */
const TRIM_AGE_MS = 30_000

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
  readonly known: KnownPeers
  readonly backOff: BackOff
  readonly anchors: Anchors
  readonly extra: ExtraPeers
  readonly dialer: PeerDialer
  readonly addressesOf: (peer: PeerId) => readonly string[]
  /** whether the peer may be connected to at all, now */
  readonly mayDial: (peer: PeerId) => boolean
  /** one entry a peer, without short-lived connections and those that are being ended */
  readonly connections: () => readonly PeerConnection[]
  /** whether the user wants the connection: it has a place whatever the target */
  readonly isNamed: (peer: PeerId) => boolean
  /** at most 0: what the peer's faults have cost it */
  readonly score: (peer: PeerId) => number
  readonly isBusy: (peer: PeerId) => boolean
  readonly hangUp: (peer: PeerId, reason: string) => void
}

/**
 * Keeps the wanted number of outbound connections, over the peers that are known and spread over address groups:
 * libp2p dials nobody by itself. Anchors come first, then address groups that we have nobody of, peers that committed
 * no faults, and peers that we have reached before. Outbound connections beyond the places, as DHT queries make them,
 * are let go when they are idle.
 */
export interface DialLoop {
  /** Runs until the signal aborts and every dial has ended. */
  run(signal: AbortSignal): Promise<void>
  /** Something has changed: look again soon. */
  poke(): void
  /** whether as many outbound connections as wanted are there */
  isFull(): boolean
}

export function createDialLoop(options: DialLoopOptions, dependencies: DialLoopDependencies): DialLoop {
  const { clock, random, known, backOff, anchors, extra, dialer, connections, isNamed } = dependencies
  const { targetOutbound, maxPeers, named } = options
  const waker = createWaker(clock)
  /** peers that were dialled for a place */
  const chosen = new Set<PeerId>()

  const outbound = (): PeerConnection[] => connections().filter(({ inbound }) => !inbound)

  /** Address groups of peers that may well exist, counted up to `enough`. */
  function knownGroups(enough: number): number {
    const groups = new Set<string>()
    for (const { peer, group, reachedAt } of known.all()) {
      if (groups.size >= enough) break
      if (group !== undefined && (reachedAt !== undefined || backOff.failures(peer) === 0)) groups.add(group)
    }
    return groups.size
  }

  function assign(): OutboundSlots {
    const target = targetOutbound + extra.wanted()
    return assignSlots(outbound(), {
      target,
      // With a group for each place, more make no difference.
      groups: knownGroups(target),
      isNamed,
      isChosen: (peer) => chosen.has(peer),
    })
  }

  /** Returns whether somebody is missing who is not being dialled. */
  function fill(slots: OutboundSlots, stopping: AbortSignal): boolean {
    const connected = new Set(connections().map(({ peer }) => peer))
    const { dialing } = dialer
    const mayDial = (peer: PeerId): boolean =>
      !connected.has(peer) && !dialing.has(peer) && dependencies.mayDial(peer)
    let room = Math.min(maxPeers - connected.size - dialing.size, dialer.room())
    let wanted = targetOutbound + extra.wanted() - slots.kept.length - dialing.size
    const dial = (peer: PeerId): void => {
      dialer.start(peer, stopping, waker.poke)
      room -= 1
      wanted -= 1
    }

    for (const peer of named) if (room > 0 && mayDial(peer)) dial(peer)
    const isMissing = wanted > 0 || named.some((peer) => !connected.has(peer) && !dialing.has(peer))
    if (wanted <= 0 || room <= 0) return isMissing
    for (const peer of dialing.keys()) slots.take(known.get(peer)?.group)
    for (const { peer, group } of inOrder(slots, mayDial)) {
      if (wanted <= 0 || room <= 0) break
      if (!slots.fits(group)) continue
      slots.take(group)
      chosen.add(peer)
      dial(peer)
    }
    return isMissing
  }

  function inOrder({ kept }: OutboundSlots, mayDial: (peer: PeerId) => boolean): KnownPeer[] {
    const taken = new Set(kept.map(({ address }) => addressGroup(address)))
    const rank = ({ peer, group, reachedAt }: KnownPeer): number =>
      (anchors.has(peer) ? 0 : 8) +
      (group !== undefined && taken.has(group) ? 4 : 0) +
      (dependencies.score(peer) < 0 ? 2 : 0) +
      (reachedAt === undefined ? 1 : 0)
    const candidates = [...known.all()].filter(({ peer }) => mayDial(peer))
    // By chance over groups and then over their peers: who has many hosts in a few groups is not dialled more for it.
    const groups = Map.groupBy(shuffled(random, candidates), ({ peer, group }) => group ?? peer)
    const turn = new Map<PeerId, number>()
    for (const peers of groups.values()) for (const [i, { peer }] of peers.entries()) turn.set(peer, i)
    return shuffled(random, [...groups.values()])
      .flat()
      .sort((a, b) => rank(a) - rank(b) || turn.get(a.peer)! - turn.get(b.peer)!)
  }

  function trim({ surplus }: OutboundSlots): void {
    for (const { peer, since } of surplus)
      if (clock.now() - since > TRIM_AGE_MS && !dependencies.isBusy(peer))
        dependencies.hangUp(peer, 'not needed')
  }

  /** Returns whether to look again soon. */
  function look(stopping: AbortSignal): boolean {
    for (const peer of extra.end(
      outbound().filter(({ peer }) => !isNamed(peer)),
      targetOutbound,
    ))
      dependencies.hangUp(peer, 'without news')
    const slots = assign()
    const { kept } = slots
    for (const peer of chosen)
      if (!dialer.dialing.has(peer) && !kept.some((connection) => connection.peer === peer))
        chosen.delete(peer)
    anchors.update(
      kept.filter(({ peer }) => !isNamed(peer)),
      dependencies.addressesOf,
    )
    trim(slots)
    return fill(slots, stopping)
  }

  return {
    poke: waker.poke,
    isFull: () => assign().kept.length >= targetOutbound,
    async run(signal) {
      try {
        for (;;) {
          const soon = look(signal)
          await clock.sleep(SPACING_MS, signal)
          await waker.sleep(soon ? TICK_MS : CONTENT_TICK_MS, signal)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
      await dialer.idle()
    },
  }
}
