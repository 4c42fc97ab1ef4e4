import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CoinsCache, type CoinsFlush } from '../../src/chain/coins-cache.ts'
import { CoinsTable, NO_RECORD } from '../../src/chain/coins-table.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { MAX_MONEY } from '../../src/primitives/money.ts'
import { type OutPoint, type OutPointKey, outPointKey } from '../../src/primitives/outpoint.ts'
import { OutPointMap } from '../../src/primitives/outpoint-map.ts'

const PLACES = 8

const txidOf = (n: number): Txid => toHashId(sha256(Uint8Array.of(n)))
/** Some of them share a txid. */
const outPointOf = (n: number): OutPoint => ({ txid: txidOf(n >> 1), vout: (n & 1) * 0xffff_fffe })

const coins = fc.record(
  {
    value: fc.nat(MAX_MONEY),
    scriptPubKey: fc
      .constantFrom(20, 32)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
      .map((program) => Uint8Array.of(0, program.length, ...program)),
    height: fc.nat(2 ** 31 - 1),
    coinbase: fc.boolean(),
  },
  { noNullPrototype: true },
)
const places = fc.nat(PLACES - 1)

describe('the table of coins', () => {
  it('agrees with a map after any additions and removals', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ at: places, coin: coins }),
        fc.record({ at: places, coin: fc.constant(undefined) }),
      ),
      { minLength: 50, maxLength: 300 },
    )
    fc.assert(
      fc.property(steps, fc.integer(), (all, salt) => {
        const table = new CoinsTable(salt)
        const model = new Map<OutPointKey, Coin>()
        for (const { at, coin } of all) {
          const outPoint = outPointOf(at)
          const record = table.find(outPoint)
          expect(record !== NO_RECORD).toBe(model.has(outPointKey(outPoint)))
          if (coin === undefined && record !== NO_RECORD) table.remove(record)
          if (coin !== undefined && record === NO_RECORD) table.add(outPoint, coin, 1)
          if (coin === undefined) model.delete(outPointKey(outPoint))
          else if (record === NO_RECORD) model.set(outPointKey(outPoint), coin)
        }
        expect(table.size).toBe(model.size)
        for (let at = 0; at < PLACES; at++) {
          const record = table.find(outPointOf(at))
          const found = record === NO_RECORD ? undefined : table.coin(record)
          expect(found).toEqual(model.get(outPointKey(outPointOf(at))))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('finds a hundred thousand coins again, at about a hundred bytes each', () => {
    const table = new CoinsTable(7)
    const coin: Coin = { value: 1, scriptPubKey: new Uint8Array(22), height: 5, coinbase: false }
    const word = new Uint8Array(4)
    const outPointAt = (n: number): OutPoint => {
      new DataView(word.buffer).setUint32(0, n)
      return { txid: toHashId(sha256(word)), vout: n % 3 }
    }
    for (let n = 0; n < 100_000; n++) table.add(outPointAt(n), { ...coin, value: n }, 1)
    for (let n = 0; n < 100_000; n += 7) expect(table.coin(table.find(outPointAt(n))).value).toBe(n)
    expect(table.bytes / table.size).toBeLessThan(110)
  })

  it('refuses a coin that is there already', () => {
    const table = new CoinsTable(1)
    const coin: Coin = { value: 1, scriptPubKey: new Uint8Array(22), height: 5, coinbase: false }
    table.add(outPointOf(1), coin, 1)
    expect(() => table.add(outPointOf(1), coin, 1)).toThrow(/once/)
  })
})

/** Coins on a disk whose reads take until they are let through. */
function createSlowDisk() {
  const stored = new Map<OutPointKey, Coin>()
  const reads: (() => void)[] = []
  return {
    stored,
    /** Lets all reads under way finish. */
    async answer(): Promise<void> {
      for (const read of reads.splice(0)) read()
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    },
    coins(outPoints: readonly OutPoint[]): Promise<(Coin | undefined)[]> {
      // What is on the disk when the read begins.
      const found = outPoints.map((outPoint) => stored.get(outPointKey(outPoint)))
      return new Promise((resolve) => reads.push(() => resolve(found)))
    },
  }
}

const changing = (at: number, coin: Coin): OutPointMap<Coin> => {
  const map = new OutPointMap<Coin>()
  map.set(outPointOf(at), coin)
  return map
}
const making = (at: number, coin: Coin) => ({ made: changing(at, coin), spent: new OutPointMap<Coin>() })
const spending = (at: number, coin: Coin) => ({ made: new OutPointMap<Coin>(), spent: changing(at, coin) })

type Step =
  | { readonly kind: 'toggle'; readonly at: number; readonly coin: Coin }
  | { readonly kind: 'read'; readonly at: readonly number[] }
  | { readonly kind: 'flush' | 'written' | 'lost' | 'trim' | 'answer' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('toggle' as const), at: places, coin: coins }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('read' as const), at: fc.array(places, { maxLength: 5 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('flush', 'written', 'written', 'lost', 'trim', 'answer'),
      }),
    },
  ),
  { minLength: 100, maxLength: 200 },
)

describe('the coins cache', () => {
  it('answers as if there were no disk, whatever is flushed, evicted or read in between', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const disk = createSlowDisk()
        // Room for two coins: most have to go again.
        const cache = new CoinsCache(disk, { maxBytes: 210, salt: 3 })
        const model = new Map<OutPointKey, Coin>()
        const pending: Promise<void>[] = []
        const watched: { readonly key: OutPointKey; readonly states: Set<number | undefined> }[] = []
        let flushing:
          | { readonly flush: CoinsFlush; readonly wanted: ReadonlyMap<OutPointKey, Coin> }
          | undefined
        const beginFlush = () => {
          flushing ??= { flush: cache.flush(), wanted: new Map(model) }
        }
        const endFlush = (fails: boolean) => {
          if (flushing === undefined) return
          const { flush, wanted } = flushing
          flushing = undefined
          if (fails) return flush.failed()
          for (const { outPoint, coin, spent } of flush.changes) {
            const key = outPointKey({ txid: toHashId(outPoint.txid), vout: outPoint.vout })
            if (spent) disk.stored.delete(key)
            else disk.stored.set(key, { ...coin, scriptPubKey: coin.scriptPubKey.slice() })
          }
          expect(disk.stored).toEqual(wanted)
          flush.done()
        }
        for (const step of all) {
          if (step.kind === 'toggle') {
            const key = outPointKey(outPointOf(step.at))
            const before = model.get(key)
            // A coin comes back only in a move, and that waits for the flush.
            if (before === undefined && flushing !== undefined && flushing.wanted.has(key)) endFlush(false)
            const after = before === undefined ? step.coin.value : undefined
            for (const each of watched) if (each.key === key) each.states.add(after)
            if (before === undefined) {
              model.set(key, step.coin)
              cache.apply(making(step.at, step.coin))
            } else {
              model.delete(key)
              cache.apply(spending(step.at, before))
            }
          } else if (step.kind === 'read') {
            const asked = step.at.map(outPointOf)
            const seen = asked.map((outPoint) => {
              const key = outPointKey(outPoint)
              const states = new Set([model.get(key)?.value])
              watched.push({ key, states })
              return states
            })
            // Any state between question and answer will do.
            pending.push(
              cache.coins(asked).then((found) => {
                for (const [n, coin] of found.entries()) expect(seen[n]).toContain(coin?.value)
              }),
            )
          } else if (step.kind === 'flush') beginFlush()
          else if (step.kind === 'written' || step.kind === 'lost') endFlush(step.kind === 'lost')
          else if (step.kind === 'trim') cache.trim()
          else await disk.answer()
        }
        for (let round = 0; round < 10; round++) await disk.answer()
        await Promise.all(pending)
        const everything = Array.from({ length: PLACES }, (_, at) => outPointOf(at))
        const last = cache.coins(everything)
        for (let round = 0; round < 3; round++) await disk.answer()
        expect(await last).toEqual(everything.map((outPoint) => model.get(outPointKey(outPoint))))
        endFlush(false)
        beginFlush()
        endFlush(false)
        cache.trim()
        expect(cache.size).toBeLessThanOrEqual(2)
      }),
      { numRuns: 200 },
    )
  })

  it('writes nothing of a coin that was made and spent between two flushes', () => {
    const cache = new CoinsCache(createSlowDisk(), { maxBytes: 1_000, salt: 0 })
    const coin: Coin = { value: 5, scriptPubKey: new Uint8Array(22), height: 1, coinbase: false }
    cache.apply(making(4, coin))
    cache.apply(spending(4, coin))
    expect([...cache.flush().changes]).toEqual([])
    expect(cache.size).toBe(0)
  })

  it('removes from the disk what was written before, though it was evicted meanwhile', async () => {
    const disk = createSlowDisk()
    const cache = new CoinsCache(disk, { maxBytes: 0, salt: 0 })
    const coin: Coin = { value: 5, scriptPubKey: new Uint8Array(22), height: 1, coinbase: false }
    const key = outPointKey(outPointOf(4))
    disk.stored.set(key, coin)
    const read = cache.coins([outPointOf(4)])
    await disk.answer()
    await read
    cache.trim()
    cache.trim()
    expect(cache.size).toBe(0)
    cache.apply(spending(4, coin))
    expect([...cache.flush().changes].map(({ spent }) => spent)).toEqual([true])
  })
})
