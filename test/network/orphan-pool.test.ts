import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrphanPool, type OrphanPoolOptions } from '../../src/network/orphan-pool.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { type Txid, toHashId } from '../../src/primitives/hash.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'

const PEERS = ['a', 'b', 'c'] as PeerId[]
const [A, B, C] = PEERS as [PeerId, PeerId, PeerId]
const parent = (index: number): Txid => toHashId<Txid>(new Uint8Array(32).fill(index + 1))

/** A transaction that spends the first output of each parent; its number and padding set it apart from others. */
const child = (number: number, parents: readonly number[], padding = 0): Transaction =>
  makeTransaction({
    version: 2,
    lockTime: number,
    inputs: parents.map((index) => ({
      prevout: { txid: parent(index), vout: 0 },
      scriptSig: new Uint8Array(padding),
      sequence: 0,
      witness: [],
    })),
    outputs: [{ value: 1, scriptPubKey: new Uint8Array(22) }],
  })
const parentsOf = (tx: Transaction): Txid[] => [...new Set(tx.inputs.map(({ prevout }) => prevout.txid))]

const LIMITS: OrphanPoolOptions = {
  maxPeerWeight: 2_000,
  maxPeerOrphans: 4,
  maxWeight: 4_000,
  maxClaims: 8,
  expiryMs: 100,
}

/** The same by looking through everything each time. */
class NaivePool {
  claims: { readonly tx: Transaction; readonly peer: PeerId }[] = []
  readonly missing = new Map<string, Set<Txid>>()
  readonly since = new Map<string, number>()

  get ids(): string[] {
    return [...this.missing.keys()].filter((id) => this.claims.some(({ tx }) => tx.wtxid === id))
  }

  of(peer: PeerId) {
    const own = this.claims.filter((claim) => claim.peer === peer)
    return { count: own.length, weight: own.reduce((sum, { tx }) => sum + tx.weight, 0) }
  }

  used(peer: PeerId): number {
    const { count, weight } = this.of(peer)
    return Math.max(weight / LIMITS.maxPeerWeight, count / LIMITS.maxPeerOrphans)
  }

  add(tx: Transaction, peer: PeerId, now: number): void {
    if (tx.weight > LIMITS.maxPeerWeight) return
    if (!this.ids.includes(tx.wtxid)) {
      this.missing.delete(tx.wtxid)
      this.missing.set(tx.wtxid, new Set(parentsOf(tx)))
      this.since.set(tx.wtxid, now)
    }
    if (!this.claims.some((claim) => claim.peer === peer && claim.tx.wtxid === tx.wtxid))
      this.claims.push({ tx, peer })
    while (this.used(peer) > 1) this.dropOldest(peer)
    while (
      this.claims.length > LIMITS.maxClaims ||
      this.claims.reduce((sum, each) => sum + each.tx.weight, 0) > LIMITS.maxWeight
    ) {
      const most = Math.max(...PEERS.map((each) => this.used(each)))
      // Among equals the one that has claimed without a break for longest.
      this.dropOldest(this.order.find((each) => this.used(each) === most)!)
    }
    this.tidy()
  }

  /** peers in the order in which they came to have claims */
  order: PeerId[] = []
  tidy(): void {
    this.order = this.order.filter((peer) => this.of(peer).count > 0)
    for (const { peer } of this.claims) if (!this.order.includes(peer)) this.order.push(peer)
  }

  dropOldest(peer: PeerId): void {
    this.claims.splice(
      this.claims.findIndex((claim) => claim.peer === peer),
      1,
    )
    this.tidy()
  }

  removeIf(gone: (tx: Transaction, peer: PeerId) => boolean): void {
    this.claims = this.claims.filter(({ tx, peer }) => !gone(tx, peer))
    this.tidy()
  }

  arrived(txid: Txid): string[] {
    return this.ids.filter((id) => {
      const missing = this.missing.get(id)!
      return missing.delete(txid) && missing.size === 0
    })
  }
}

const transactions = fc.uniqueArray(
  fc
    .tuple(fc.nat(5), fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }), fc.nat(200))
    .map(([number, parents, padding]) => child(number, parents, padding)),
  { minLength: 1, maxLength: 12, selector: ({ wtxid }) => wtxid },
)
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      ...(['add', 'add', 'add', 'add', 'arrived', 'remove', 'spent', 'leave', 'expire'] as const),
    ),
    which: fc.nat(),
    peer: fc.constantFrom(...PEERS),
    wait: fc.nat(20),
  }),
  { maxLength: 60 },
)

describe('orphan pool', () => {
  it('does what a list that is looked through each time would do, within its limits', () => {
    fc.assert(
      fc.property(transactions, steps, (txs, todo) => {
        const [pool, model] = [new OrphanPool(LIMITS), new NaivePool()]
        let now = 0
        for (const { kind, which, peer, wait } of todo) {
          now += wait
          const tx = txs[which % txs.length]!
          const txid = parent(which % 6)
          if (kind === 'add') {
            const isHeld = pool.add(tx, parentsOf(tx), peer, now)
            model.add(tx, peer, now)
            expect(isHeld).toBe(model.ids.includes(tx.wtxid))
          } else if (kind === 'arrived') {
            const complete = pool.arrived(txid).map(({ transaction }) => transaction.wtxid as string)
            expect(complete.sort()).toEqual(model.arrived(txid).sort())
          } else if (kind === 'remove') {
            pool.remove(tx.wtxid)
            model.removeIf(({ wtxid }) => wtxid === tx.wtxid)
          } else if (kind === 'spent') {
            pool.spent({ txid, vout: 0 })
            model.removeIf((each) => parentsOf(each).includes(txid))
          } else if (kind === 'leave') {
            pool.leave(peer)
            model.removeIf((_, from) => from === peer)
          } else {
            pool.expire(now)
            model.removeIf(({ wtxid }) => model.since.get(wtxid)! + LIMITS.expiryMs <= now)
          }
          expect(pool.size).toBe(model.ids.length)
          expect(pool.weight).toBe(model.claims.reduce((sum, each) => sum + each.tx.weight, 0))
          for (const each of txs)
            expect([...(pool.get(each.wtxid)?.peers ?? [])]).toEqual(
              model.claims.filter(({ tx: { wtxid } }) => wtxid === each.wtxid).map((claim) => claim.peer),
            )
          expect(pool.weight).toBeLessThanOrEqual(LIMITS.maxWeight)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('lets nobody push out what others brought', () => {
    const pool = new OrphanPool(LIMITS)
    const honest = child(0, [0])
    pool.add(honest, parentsOf(honest), A, 0)
    for (let i = 1; i <= 100; i++) pool.add(child(i, [i % 200]), [parent(i % 200)], B, i)
    for (let i = 1; i <= 100; i++) pool.add(child(i + 100, [i % 200]), [parent(i % 200)], C, i)
    expect(pool.has(honest.wtxid)).toBe(true)
    expect(pool.size).toBeLessThanOrEqual(LIMITS.maxClaims)
  })

  it('keeps an orphan of several peers until the last of them has gone', () => {
    const pool = new OrphanPool(LIMITS)
    const tx = child(0, [0])
    for (const peer of [A, B]) pool.add(tx, parentsOf(tx), peer, 0)
    expect(pool.weight).toBe(2 * tx.weight)
    pool.leave(A)
    expect(pool.get(tx.wtxid)?.peers).toEqual([B])
    pool.leave(B)
    expect([pool.size, pool.weight]).toEqual([0, 0])
  })

  it('does not take what is heavier than a share', () => {
    const pool = new OrphanPool(LIMITS)
    const tx = child(0, [0], 600)
    expect(pool.add(tx, parentsOf(tx), A, 0)).toBe(false)
    expect(pool.size).toBe(0)
  })

  it('waits for all parents, and again for those that it turns out to miss', () => {
    const pool = new OrphanPool(LIMITS)
    const tx = child(0, [0, 1])
    pool.add(tx, parentsOf(tx), A, 0)
    expect(pool.arrived(parent(0))).toEqual([])
    expect(pool.arrived(parent(1)).map(({ transaction }) => transaction.wtxid)).toEqual([tx.wtxid])
    pool.waitFor(tx.wtxid, [parent(0)])
    expect(pool.arrived(parent(0))).toHaveLength(1)
  })
})
