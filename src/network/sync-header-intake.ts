import { DEADLINE_EXCEEDED } from '../../protocols/deadline.ts'
import { MAX_HEADERS } from '../../protocols/sync/protocol.ts'
import type { WireFault } from '../../protocols/wire-fault.ts'
import { CairnError } from '../base/errors.ts'
import { ok, type Result } from '../base/result.ts'
import { checkProofOfWork } from '../consensus/check-header.ts'
import { claimedWork } from '../consensus/header-line.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { ChainEntry } from '../ports/chain.ts'
import { unixSeconds } from '../ports/clock.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { PeerSession } from './handshake.ts'
import { createHeaderPresync, type PresyncStep } from './header-presync.ts'
import type { SyncHalfDependencies } from './sync-headers.ts'
import type { PresyncRun, SyncPeer } from './sync-peers.ts'
import { blameForBlock } from './verdicts.ts'

/** Peers whose chains are looked at twice at the same time, and how many of them may have dialled us. */
export const MAX_PRESYNCS = 4
export const MAX_INBOUND_PRESYNCS = 2
/** A peer that has not shown a chain with enough work, twice, within this is let go: others wait for its place. */
const PRESYNC_TIMEOUT_MS = 20 * 60_000

/** A peer whose chain has been looked at and has too little work is not looked at again for this long. */
const PRESYNC_PAUSE_MS = 10 * 60_000
/** Headers that are judged in one go: others wait for the thread meanwhile. */
const SLICE_HEADERS = 250

export interface HeaderIntakeDependencies extends SyncHalfDependencies {
  /** told of a header that is ahead of our clock */
  readonly onTooNew: (fault: RuleViolation) => void
}

/** What becomes of the headers that peers answer with. */
export interface HeaderIntake {
  /** @throws where our own disk fails */
  take(peer: SyncPeer, headers: readonly BlockHeader[]): Promise<void>
}

/** Stores headers of chains with enough work; others are looked at twice before, or not at all. */
export function createHeaderIntake(dependencies: HeaderIntakeDependencies): HeaderIntake {
  const { chain, sessions, peers, progress, clock, random, onTooNew } = dependencies

  function exhaust(peer: SyncPeer): void {
    peer.headers.more = false
    peer.headers.presync = undefined
    peer.headers.exhausted = peer.session().tip.hash
  }

  function refuse(peer: SyncPeer, fault: RuleViolation | WireFault): void {
    peer.headers.presync = undefined
    // Headers that are linked to our own locator have no excuse in an unknown parent.
    const blame = blameForBlock(fault)
    peers.blame(peer, blame === 'none' ? 'drop' : blame, fault)
    if (fault.kind === 'rule' && fault.code === 'time-too-new') onTooNew(fault)
  }

  /** Stores headers; false where one of them was refused. */
  async function store(peer: SyncPeer, headers: readonly BlockHeader[]): Promise<boolean> {
    if (headers.length === 0) return true
    const accepted = await chain.acceptHeaders(headers)
    if (!accepted.ok) {
      refuse(peer, accepted.error)
      return false
    }
    const { added, last } = accepted.value
    peer.headers.last = last
    sessions.sawTip(peer.peer, last)
    progress.headers(added, peer.peer)
    return true
  }

  /** Whether another peer of this kind may have its chain looked at twice: those that we dialled find always room. */
  function hasPresyncRoom({ inbound }: PeerSession): boolean {
    const running = peers.list().filter((peer) => peer.headers.presync !== undefined)
    if (running.length >= MAX_PRESYNCS) return false
    return !inbound || running.filter((peer) => peer.session().inbound).length < MAX_INBOUND_PRESYNCS
  }

  async function takePresync(
    peer: SyncPeer,
    { headers: presync, since }: PresyncRun,
    headers: readonly BlockHeader[],
    isFull: boolean,
  ): Promise<void> {
    // The peer has changed over to another branch meanwhile.
    if (headers[0]!.previous !== presync.last) return abandon(peer)
    let outcome: PresyncStep['outcome'] = 'more'
    for (let from = 0; from < headers.length; from += SLICE_HEADERS) {
      const slice = headers.slice(from, from + SLICE_HEADERS)
      const isLast = from + SLICE_HEADERS >= headers.length
      const pass = presync.phase
      const step = presync.take(slice, isFull || !isLast, unixSeconds(clock))
      if (!step.ok) return refuse(peer, step.error)
      if (!(await store(peer, step.value.release))) return
      outcome = step.value.outcome
      if (outcome !== 'more' || presync.phase !== pass) break
      await clock.turn()
    }
    if (outcome === 'done') peer.headers.presync = undefined
    else if (outcome === 'too-little-work') {
      peer.headers.presyncAfter = clock.monotonic() + PRESYNC_PAUSE_MS
      exhaust(peer)
    } else if (clock.monotonic() - since > PRESYNC_TIMEOUT_MS)
      return peers.failed(
        peer,
        new CairnError(DEADLINE_EXCEEDED, `no chain with enough work within ${PRESYNC_TIMEOUT_MS} ms`),
      )
    progress.presync(presync)
  }

  function abandon(peer: SyncPeer): void {
    peer.headers.presync = undefined
    peers.rest(peer)
  }

  async function take(peer: SyncPeer, headers: readonly BlockHeader[]): Promise<void> {
    const state = peer.headers
    if (headers.length === 0) return exhaust(peer)
    const isFull = headers.length === MAX_HEADERS
    if (state.presync !== undefined) return takePresync(peer, state.presync, headers, isFull)
    const unknown = headers.findIndex(({ hash }) => chain.entry(hash) === undefined)
    const start = chain.entry(headers[unknown]?.previous ?? chain.genesis.hash)
    if (unknown >= 0 && start !== undefined) {
      const fresh = headers.slice(unknown)
      const enough = hasWork(start, fresh)
      if (!enough.ok) return refuse(peer, enough.error)
      if (!enough.value) return isFull ? beginPresync(peer, start, fresh) : exhaust(peer)
    }
    const before: ChainEntry | undefined = state.last
    if (!(await store(peer, headers))) return
    // Whoever sends the same headers again and again is not listened to for ever.
    state.more = isFull && (before === undefined || state.last!.work > before.work)
    if (!state.more) exhaust(peer)
  }

  /** Whether the headers lead to a chain that is worth storing, with their proof of work where that decides. */
  function hasWork(start: ChainEntry, headers: readonly BlockHeader[]): Result<boolean, RuleViolation> {
    const threshold = chain.workThreshold()
    let work = start.work
    if (work >= threshold) return ok(true)
    for (const header of headers) {
      const proven = checkProofOfWork(header, chain.parameters)
      if (!proven.ok) return proven
      work += claimedWork(header)
    }
    return ok(work >= threshold)
  }

  function beginPresync(
    peer: SyncPeer,
    start: ChainEntry,
    headers: readonly BlockHeader[],
  ): Promise<void> | void {
    if (clock.monotonic() < peer.headers.presyncAfter) return exhaust(peer)
    peer.headers.more = true
    if (!hasPresyncRoom(peer.session())) return peers.rest(peer)
    const presync = createHeaderPresync({
      parameters: chain.parameters,
      start: chain.headerLine(start),
      threshold: chain.workThreshold(),
      random,
    })
    peer.headers.presync = { headers: presync, start, since: clock.monotonic() }
    return takePresync(peer, peer.headers.presync, headers, true)
  }

  return { take }
}
