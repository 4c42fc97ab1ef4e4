import type { PeerId } from '../ports/transport.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import { type OutPoint, type OutPointKey, outPointKey } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'

export interface OrphanPoolOptions {
  /** weight (BIP141) of the orphans that one peer has brought; a heavier transaction is no orphan */
  readonly maxPeerWeight: number
  /** how many of them */
  readonly maxPeerOrphans: number
  /** weight of all orphans, each counted for every peer that brought it */
  readonly maxWeight: number
  /** how many claims of peers on orphans there are in all */
  readonly maxClaims: number
  /** how long an orphan waits for its parents */
  readonly expiryMs: number
}

/** Bitcoin Core's share of a peer (404,000), its expiry of 20 minutes, and room for ten peers that use theirs up. */
export const ORPHAN_LIMITS: OrphanPoolOptions = {
  maxPeerWeight: 404_000,
  maxPeerOrphans: 100,
  maxWeight: 4_040_000,
  maxClaims: 1_000,
  expiryMs: 20 * 60 * 1_000,
}

/** A transaction that spends what is not known yet. */
export interface Orphan {
  readonly transaction: Transaction
  /** transactions that it spends outputs of and that have not come yet */
  readonly missing: ReadonlySet<Txid>
  /** who has brought it, the first one first */
  readonly peers: readonly PeerId[]
}

interface Held {
  readonly transaction: Transaction
  readonly expiresAt: number
  readonly missing: Set<Txid>
  readonly peers: Set<PeerId>
}

interface Share {
  weight: number
  /** the oldest claim first */
  readonly held: Set<Held>
}

/**
 * Transactions that wait for their parents. Each counts for every peer that brought it: nobody can push out what others
 * brought, and a peer that goes, or brings too much, takes away only its own claims. When there are too many in all, the
 * peer with the largest part of its share loses its oldest. Holds state, and reads no clock.
 */
export class OrphanPool {
  readonly #options: OrphanPoolOptions
  /** the oldest first */
  readonly #orphans = new Map<Wtxid, Held>()
  readonly #byMissing = new Map<Txid, Set<Held>>()
  readonly #bySpent = new Map<OutPointKey, Set<Held>>()
  readonly #shares = new Map<PeerId, Share>()
  #weight = 0
  #claims = 0

  constructor(options: OrphanPoolOptions = ORPHAN_LIMITS) {
    this.#options = options
  }

  get size(): number {
    return this.#orphans.size
  }

  /** each orphan's, once for every peer that brought it */
  get weight(): number {
    return this.#weight
  }

  has(wtxid: Wtxid): boolean {
    return this.#orphans.has(wtxid)
  }

  get(wtxid: Wtxid): Orphan | undefined {
    const held = this.#orphans.get(wtxid)
    return held && view(held)
  }

  /**
   * Takes a transaction, or notes that one more peer has brought it. False where it is too heavy, or was the first to be
   * let go.
   * @param missing - not empty
   * @param now - milliseconds that never go back
   */
  add(transaction: Transaction, missing: Iterable<Txid>, peer: PeerId, now: number): boolean {
    if (transaction.weight > this.#options.maxPeerWeight) return false
    const { wtxid } = transaction
    const held = this.#orphans.get(wtxid) ?? this.#hold(transaction, missing, now)
    this.#claim(held, peer)
    this.#limit(peer)
    return this.#orphans.has(wtxid)
  }

  /** A parent has come: the orphans that miss nothing any more. They stay until they are removed or put back. */
  arrived(parent: Txid): Orphan[] {
    const children = this.#byMissing.get(parent)
    if (children === undefined) return []
    this.#byMissing.delete(parent)
    const complete: Orphan[] = []
    for (const held of children) {
      held.missing.delete(parent)
      if (held.missing.size === 0) complete.push(view(held))
    }
    return complete
  }

  /** The orphan that came last of those that miss nothing but this parent. */
  lastChildOf(parent: Txid): Transaction | undefined {
    const children = [...(this.#byMissing.get(parent) ?? [])]
    return children.findLast(({ missing }) => missing.size === 1)?.transaction
  }

  /** It turned out to miss these. */
  waitFor(wtxid: Wtxid, missing: Iterable<Txid>): void {
    const held = this.#orphans.get(wtxid)
    if (held !== undefined) this.#await(held, missing)
  }

  remove(wtxid: Wtxid): void {
    const held = this.#orphans.get(wtxid)
    if (held !== undefined) for (const peer of [...held.peers]) this.#unclaim(held, peer)
  }

  /** A block has spent the output: no orphan can any more. */
  spent(outPoint: OutPoint): void {
    const held = this.#bySpent.get(outPointKey(outPoint))
    if (held !== undefined) for (const { transaction } of [...held]) this.remove(transaction.wtxid)
  }

  /** The peer has gone, and with it all that nobody else has brought. */
  leave(peer: PeerId): void {
    for (const held of [...(this.#shares.get(peer)?.held ?? [])]) this.#unclaim(held, peer)
  }

  /** Lets go what has waited long enough. */
  expire(now: number): void {
    for (const [wtxid, { expiresAt }] of this.#orphans) {
      if (expiresAt > now) return
      this.remove(wtxid)
    }
  }

  #hold(transaction: Transaction, missing: Iterable<Txid>, now: number): Held {
    const expiresAt = now + this.#options.expiryMs
    const held: Held = { transaction, expiresAt, missing: new Set(), peers: new Set() }
    this.#orphans.set(transaction.wtxid, held)
    for (const { prevout } of transaction.inputs) include(this.#bySpent, outPointKey(prevout), held)
    this.#await(held, missing)
    return held
  }

  #await(held: Held, missing: Iterable<Txid>): void {
    for (const txid of missing) {
      held.missing.add(txid)
      include(this.#byMissing, txid, held)
    }
  }

  #claim(held: Held, peer: PeerId): void {
    if (held.peers.has(peer)) return
    const share = this.#shares.get(peer) ?? { weight: 0, held: new Set() }
    this.#shares.set(peer, share)
    share.held.add(held)
    share.weight += held.transaction.weight
    held.peers.add(peer)
    this.#weight += held.transaction.weight
    this.#claims += 1
  }

  #unclaim(held: Held, peer: PeerId): void {
    const share = this.#shares.get(peer)!
    share.held.delete(held)
    share.weight -= held.transaction.weight
    if (share.held.size === 0) this.#shares.delete(peer)
    held.peers.delete(peer)
    this.#weight -= held.transaction.weight
    this.#claims -= 1
    if (held.peers.size === 0) this.#drop(held)
  }

  #drop(held: Held): void {
    this.#orphans.delete(held.transaction.wtxid)
    for (const { prevout } of held.transaction.inputs) exclude(this.#bySpent, outPointKey(prevout), held)
    for (const txid of held.missing) exclude(this.#byMissing, txid, held)
  }

  #limit(peer: PeerId): void {
    const { maxPeerWeight, maxPeerOrphans, maxWeight, maxClaims } = this.#options
    const isOver = ({ weight, held }: Share): boolean => weight > maxPeerWeight || held.size > maxPeerOrphans
    for (let share = this.#shares.get(peer); share !== undefined && isOver(share); )
      this.#dropOldest(peer, share)
    while (this.#weight > maxWeight || this.#claims > maxClaims) {
      const [most, share] = this.#greediest()
      this.#dropOldest(most, share)
    }
  }

  #dropOldest(peer: PeerId, { held }: Share): void {
    const [oldest] = held
    this.#unclaim(oldest!, peer)
  }

  /** Who uses the largest part of its share, by weight or by number. */
  #greediest(): [PeerId, Share] {
    const { maxPeerWeight, maxPeerOrphans } = this.#options
    const used = ({ weight, held }: Share): number =>
      Math.max(weight / maxPeerWeight, held.size / maxPeerOrphans)
    let most: [PeerId, Share] | undefined
    for (const each of this.#shares) if (most === undefined || used(each[1]) > used(most[1])) most = each
    return most!
  }
}

const view = ({ transaction, missing, peers }: Held): Orphan => ({ transaction, missing, peers: [...peers] })

function include<Key>(index: Map<Key, Set<Held>>, key: Key, held: Held): void {
  const all = index.get(key)
  if (all === undefined) index.set(key, new Set([held]))
  else all.add(held)
}

function exclude<Key>(index: Map<Key, Set<Held>>, key: Key, held: Held): void {
  const all = index.get(key)
  all?.delete(held)
  if (all?.size === 0) index.delete(key)
}
