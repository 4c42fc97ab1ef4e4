import type { Cancellable, PeerConnection, PeerId } from './transport.ts'

/** A peer that is refused for a time. */
export interface Ban {
  readonly peer: PeerId
  /** Unix time in milliseconds */
  readonly until: number
  readonly reason: string
}

/** How a connected peer stands with us. */
export interface PeerStanding extends PeerConnection {
  /** at most 0: what its faults have cost it */
  readonly score: number
  /** the last round trip that was measured */
  readonly latencyMs: number | undefined
  /** how many it was the first to bring */
  readonly blocks: number
  readonly transactions: number
  /** whether it would stay where one of those that dialled us had to make room */
  readonly isProtected: boolean
  /** whether it is dialled first after a restart */
  readonly isAnchor: boolean
  /** whether the connection is only to see if the peer is there */
  readonly isFeeler: boolean
}

/** What the user may do with peers. */
export interface PeerControl {
  /**
   * Connects to a multiaddr, whatever happened with the peer before, and keeps the connection whatever is wanted else.
   * Rejects with `address-malformed`, `address-not-private`, `peer-banned`, `peer-denied` or `dial-failed`.
   */
  dial(address: string, options?: Cancellable): Promise<PeerId>
  /** Hangs up. */
  disconnect(peer: PeerId, reason: string): Promise<void>
  /** Hangs up and refuses the peer from now on, until `until` (Unix milliseconds); a longer ban stays. */
  ban(peer: PeerId, until: number, reason: string): Promise<void>
  /** Takes the peer back, its faults forgotten; resolves with whether it was banned. */
  unban(peer: PeerId): Promise<boolean>
  bans(): readonly Ban[]
}
