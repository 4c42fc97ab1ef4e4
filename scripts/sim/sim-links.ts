import { createEmitter, type Emitter } from '../../src/base/emitter.ts'
import { CairnError } from '../../src/base/errors.ts'
import type { PeerLinks } from '../../src/network/peer-links.ts'
import type { PeerConnection, PeerId, TransportEvents } from '../../src/ports/transport.ts'
import type { StreamEnd } from './sim-stream.ts'
import { TRACE, type Trace } from './trace.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { Socket, Wire } from './wire.ts'

/** One side of a connection. */
export interface LinkEnd {
  readonly connection: PeerConnection
  readonly host: LinkHost
  readonly other: LinkHost
  /** false once this side knows that it is over */
  open: boolean
  /** the other side of it */
  twin: LinkEnd
  readonly streams: Set<StreamEnd>
  /** virtual time at which the last frame of a stream arrives at the other side */
  lastArrival: number
}

/** Who may connect: what a node says when it is dialled. */
export type Welcome = (peer: PeerId, address: string) => boolean

/** A node's connections over the wire. */
export interface LinkHost {
  readonly self: PeerId
  readonly index: number
  readonly address: string
  readonly socket: Socket
  readonly events: Emitter<TransportEvents>
  readonly links: PeerLinks
  /** open connections by peer */
  readonly ends: ReadonlyMap<PeerId, LinkEnd>
  readonly alive: boolean
  /** tells processes apart: a node that has come back is another one */
  readonly process: number
  /** Listens from now on. */
  listen(welcome: Welcome): void
  /** Takes the other side of a dial in. @returns false where it is refused */
  accept(end: LinkEnd): boolean
  isWelcome(peer: PeerId, address: string): boolean
  /** A side finds its connection over. */
  closed(end: LinkEnd): void
  /** The process dies: `silent` where nobody is told, as when a machine loses its power. */
  die(silent: boolean): void
}

export interface LinkDependencies {
  readonly time: VirtualTime
  readonly wire: Wire
  readonly trace: Trace
  /** the running process behind an address, if there is one */
  readonly hostAt: (address: string) => LinkHost | undefined
  /** Unix milliseconds */
  readonly now: () => number
  /** of this process */
  readonly process: number
}

/** A dial that nobody answers fails after this. */
const DIAL_TIMEOUT_MS = 10_000
/** A peer that has fallen silent is noticed after so long: pings every 10 s, with 10 s to answer. */
const SILENCE_MS = 18_000
/** TCP, noise and yamux, in one-way trips. */
const HANDSHAKE_TRIPS = 5

const gone = (peer: PeerId): CairnError =>
  new CairnError('connection-lost', 'the connection has gone', { peer })

export function createLinkHost(
  { self, index, address, socket }: Pick<LinkHost, 'self' | 'index' | 'address' | 'socket'>,
  { time, wire, trace, hostAt, now, process }: LinkDependencies,
): LinkHost {
  const events = createEmitter<TransportEvents>((error) => {
    throw error
  })
  const ends = new Map<PeerId, LinkEnd>()
  let welcome: Welcome = () => false
  let alive = true
  /** asked for far more often than it changes */
  let connections: PeerConnection[] | undefined

  const place = (peer: string): number => Number.parseInt(peer.slice(1), 36) | 0

  /** Closes our side, and the other one when it hears of it. */
  function close(end: LinkEnd): void {
    if (!end.open) return
    const { other, twin } = end
    host.closed(end)
    if (wire.reaches(socket, other.socket))
      time.after(wire.latency(socket, other.socket), () => other.closed(twin))
    else time.after(SILENCE_MS, () => other.closed(twin))
  }

  function open(other: LinkHost): void {
    const since = now()
    const ours = { open: true, streams: new Set<StreamEnd>(), lastArrival: 0 }
    const near = {
      ...ours,
      host,
      other,
      connection: { peer: other.self, inbound: false, address: other.address, since },
    } as LinkEnd
    const far = {
      ...ours,
      streams: new Set<StreamEnd>(),
      host: other,
      other: host,
      connection: { peer: self, inbound: true, address, since },
      twin: near,
    } as LinkEnd
    near.twin = far
    if (other.accept(far)) host.accept(near)
  }

  function dial(peer: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const settle = (error?: Error): boolean => {
        signal.removeEventListener('abort', abort)
        if (!alive) return false
        if (error === undefined) resolve()
        else reject(error)
        return true
      }
      const abort = (): void => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      const fail = (): Error => new CairnError('dial-failed', 'cannot connect', { peer })
      const target = addresses.map(hostAt).find((found) => found !== undefined && found.self === peer)
      if (target === undefined || !wire.reaches(socket, target.socket)) {
        time.after(DIAL_TIMEOUT_MS, () => settle(fail()))
        return
      }
      time.after(HANDSHAKE_TRIPS * wire.latency(socket, target.socket), () => {
        if (!alive || signal.aborted) return false
        if (ends.has(peer)) return settle()
        if (!target.alive || !target.isWelcome(self, address)) return settle(fail())
        open(target)
        return settle(ends.has(peer) ? undefined : fail())
      })
    })
  }

  const host: LinkHost = {
    self,
    index,
    address,
    socket,
    events,
    ends,
    process,
    get alive() {
      return alive
    },
    links: {
      dial,
      async hangUp(peer) {
        const end = ends.get(peer)
        if (end !== undefined) close(end)
      },
      connections() {
        connections ??= Array.from(ends.values(), ({ connection }) => connection)
        return connections
      },
      latencyMs(peer) {
        const end = ends.get(peer)
        return end && 2 * wire.latency(socket, end.other.socket)
      },
      isBusy: (peer) => (ends.get(peer)?.streams.size ?? 0) > 0,
    },
    listen(next) {
      welcome = next
    },
    isWelcome: (peer, from) => alive && !ends.has(peer) && welcome(peer, from),
    accept(end) {
      const { peer } = end.connection
      if (!alive || ends.has(peer)) return false
      ends.set(peer, end)
      connections = undefined
      trace.note(TRACE.connected, index, place(peer))
      queueMicrotask(() => events.emit('peerConnected', end.connection))
      return true
    },
    closed(end) {
      if (!end.open) return
      end.open = false
      const { peer } = end.connection
      if (ends.get(peer) === end) ends.delete(peer)
      connections = undefined
      if (!alive) return
      trace.note(TRACE.disconnected, index, place(peer))
      for (const stream of [...end.streams]) stream.fail(gone(peer))
      queueMicrotask(() => events.emit('peerDisconnected', { peer }))
    },
    die(silent) {
      alive = false
      for (const { other, twin } of ends.values()) {
        const delay = silent ? SILENCE_MS : wire.latency(socket, other.socket)
        time.after(delay, () => other.closed(twin))
      }
    },
  }
  return host
}

/** Breaks all connections that a partition has cut, when their ends notice. */
export function breakCut(hosts: Iterable<LinkHost>, wire: Wire, time: VirtualTime): void {
  for (const host of hosts)
    for (const end of host.ends.values())
      if (!wire.reaches(host.socket, end.other.socket)) time.after(SILENCE_MS, () => host.closed(end))
}
