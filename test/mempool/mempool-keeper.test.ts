import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_PENDING_MS } from '../../src/mempool/departures.ts'
import { createMempool } from '../../src/mempool/mempool.ts'
import { createMempoolKeeper } from '../../src/mempool/mempool-keeper.ts'
import { decodeMempoolRecord, encodeMempoolRecord } from '../../src/mempool/mempool-record.ts'
import type { MempoolEvents } from '../../src/ports/mempool.ts'
import type { RecordFile } from '../../src/ports/record-file.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { pay } from '../support/key.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { testSignatures } from '../support/signatures.ts'
import { coinbaseInput, createTestChain, DEV, MINER } from '../support/test-chain.ts'
import { createPoolWorld, openChain, openCoin, type PoolWorld, spendOpen } from './pool-world.ts'

/** A file that is a variable. */
function createMemoryFile(
  bytes?: Uint8Array,
): RecordFile & { bytes: Uint8Array | undefined; writes: number } {
  return {
    bytes,
    writes: 0,
    async read() {
      return this.bytes
    },
    async write(written) {
      this.bytes = written
      this.writes += 1
    },
  }
}

/** A process that is started on the chain of `world` with what `file` holds. */
function restart(
  world: Pick<PoolWorld, 'chain' | 'clock' | 'verified'>,
  file: RecordFile,
  maxVirtualBytes = 1_000_000,
) {
  const { logger, lines } = createRecordingLogger()
  const mempool = createMempool(
    { maxVirtualBytes, minFeeRate: 1 },
    { ...world, signatures: testSignatures, logger },
  )
  world.chain.follow(mempool)
  const told: (keyof MempoolEvents)[] = []
  for (const kind of ['added', 'restored'] as const) mempool.events.on(kind, () => told.push(kind))
  const keeper = createMempoolKeeper({ mempool, chain: world.chain, file, clock: world.clock, logger })
  return {
    mempool,
    keeper,
    lines,
    told,
    ids: () => mempool.entries().map(({ transaction }) => transaction.txid),
  }
}

/** What a process leaves that has taken `transactions`. */
async function leave(world: PoolWorld, transactions: readonly Transaction[]) {
  const file = createMemoryFile()
  const before = restart(world, file)
  before.keeper.start()
  for (const verdict of await before.mempool.acceptPackage(transactions)) expect(verdict.ok).toBe(true)
  await before.keeper.stop()
  return { file, before }
}

describe('a mempool over a restart', () => {
  it('has what was pending, with its age, and tells it as restored rather than new', async () => {
    const world = await createPoolWorld()
    const chain = openChain(world.coins[0]!, 3, { fee: 500 })
    const { file, before } = await leave(world, chain)
    await world.clock.advance(3_600_000)
    const after = restart(world, file)
    after.keeper.start()
    await after.keeper.restored()
    expect(after.ids()).toEqual(chain.map(({ txid }) => txid))
    expect(after.mempool.entries().map(({ addedAt }) => addedAt)).toEqual(
      before.mempool.entries().map(({ addedAt }) => addedAt),
    )
    expect(after.told).toEqual(['restored', 'restored', 'restored'])
    expect(after.lines).toContainEqual({
      level: 'info',
      phrase: 'mempool restored',
      fields: { saved: 3, restored: 3, left: 0 },
    })
  })

  it('has a parent that pays nothing, with the child that pays for it, and not without', async () => {
    const world = await createPoolWorld()
    const parents = [0, 1].map((n) => spendOpen([world.coins[n]!], { fee: 0 }))
    const children = [0, 1].map((n) =>
      spendOpen([openCoin(parents[n]!), world.coins[n + 2]!], { fee: 3_000 }),
    )
    const { file } = await leave(world, [parents[0]!, children[0]!])
    const { file: other } = await leave(world, [parents[1]!, children[1]!])
    await world.mine({ transactions: [spendOpen([world.coins[3]!], { fee: 10 })], fees: 10 })
    const [kept, lost] = [restart(world, file), restart(world, other)]
    for (const { keeper } of [kept, lost]) {
      keeper.start()
      await keeper.restored()
    }
    expect(kept.ids()).toEqual([parents[0]!.txid, children[0]!.txid])
    expect(lost.ids()).toEqual([])
  })

  it('holds each anew against the chain, the clock and its cap', async () => {
    const world = await createPoolWorld()
    const [old, mined, rival, ...good] = world.coins
      .slice(0, 9)
      .map((coin, n) => spendOpen([coin], { fee: 400 + n }))
    const first = await leave(world, [old!])
    await world.clock.advance(MAX_PENDING_MS)
    const second = restart(world, first.file)
    second.keeper.start()
    await second.keeper.restored()
    await second.mempool.acceptPackage([mined!, rival!, ...good])
    await world.clock.advance(1)
    await second.keeper.stop()
    const spent = spendOpen([world.coins[2]!], { fee: 900 })
    await world.mine({ transactions: [mined!, spent], fees: 1_301 })
    const third = restart(world, first.file, 500)
    third.keeper.start()
    await third.keeper.restored()
    const ids = third.ids()
    expect(ids).not.toContain(old!.txid)
    expect(good.slice(-4).every(({ txid }) => ids.includes(txid))).toBe(true)
    expect(third.mempool.virtualBytes).toBeLessThanOrEqual(500)
    expect(third.mempool.virtualBytes).toBeGreaterThan(300)
  })

  it('verifies signatures again', async () => {
    const test = await createTestChain()
    const [block] = await test.mineMany(12)
    const good = pay([coinbaseInput(block!)], [{ value: 1_000_000, scriptPubKey: MINER.scriptPubKey }])
    const forged = pay(
      [{ ...coinbaseInput(block!), coin: { value: 7 } }],
      [{ value: 900_000, scriptPubKey: MINER.scriptPubKey }],
    )
    const file = createMemoryFile(
      await encodeMempoolRecord(
        {
          genesis: DEV.genesis.hash,
          estimator: new Uint8Array(0),
          transactions: [forged, good].map(({ bytes }) => ({ bytes, addedAt: 1 })),
        },
        test.clock,
      ),
    )
    const after = restart({ ...test, clock: { ...test.clock, now: () => 5 } }, file)
    after.keeper.start()
    await after.keeper.restored()
    expect(after.ids()).toEqual([good.txid])
    expect(after.lines.map(({ phrase }) => phrase)).toContain('saved fee estimates ignored')
  })

  it('knows of fees what it knew', async () => {
    const world = await createPoolWorld({}, 150)
    const file = createMemoryFile()
    const before = restart(world, file)
    before.keeper.start()
    for (let n = 0; n < 140; n += 2) {
      const transactions = world.coins.slice(n, n + 2).map((coin) => spendOpen([coin], { fee: 3_000 }))
      await before.mempool.acceptPackage(transactions)
      await world.mine({ transactions, fees: 6_000 })
    }
    await before.keeper.stop()
    const after = restart(world, file)
    after.keeper.start()
    await after.keeper.restored()
    expect(after.mempool.estimateFee(6)).toBeGreaterThan(1)
    expect(after.mempool.estimateFee(6)).toBe(before.mempool.estimateFee(6))
  })

  it('takes new payments while it is still taking back the old, and saves those it did not come to', async () => {
    const world = await createPoolWorld({}, 200)
    const saved = world.coins.slice(0, 180).map((coin) => spendOpen([coin], { fee: 500 }))
    const { clock, chain } = world
    const record = {
      genesis: chain.genesis.hash,
      estimator: new Uint8Array(0),
      transactions: saved.map(({ bytes }) => ({ bytes, addedAt: clock.now() })),
    }
    const file = createMemoryFile(await encodeMempoolRecord(record, clock))
    const hold = Promise.withResolvers<void>()
    let turns = 0
    // The first turn after a part of them has been taken back: the reading of the record has had its own before.
    const turn = async (): Promise<void> => {
      turns += 1
      if (after.told.length > 0) await hold.promise
    }
    const after = restart({ ...world, clock: { ...clock, turn } }, file)
    after.keeper.start()
    while (after.told.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const fresh = spendOpen([world.coins[190]!], { fee: 500 })
    expect((await after.mempool.accept(fresh)).ok).toBe(true)
    const stopped = after.keeper.stop()
    hold.resolve()
    await stopped
    expect(after.mempool.size).toBeLessThan(100)
    expect(turns).toBeGreaterThan(0)
    const last = await decodeMempoolRecord(file.bytes!, chain.genesis.hash, clock)
    expect(last).toMatchObject({ ok: true, value: { transactions: { length: 181 } } })
  })

  it('saves now and then, and stops though nothing can be written', async () => {
    const world = await createPoolWorld()
    const file = createMemoryFile()
    const process = restart(world, file)
    process.keeper.start()
    await process.keeper.restored()
    await world.clock.advance(600_000)
    while (file.writes === 0) await new Promise((resolve) => setImmediate(resolve))
    file.write = () => Promise.reject(new Error('no space'))
    await process.keeper.stop()
    expect(process.lines).toContainEqual({
      level: 'error',
      phrase: 'mempool not saved',
      fields: { reason: 'no space' },
    })
  })
})

describe('the record', () => {
  const GENESIS = DEV.genesis.hash
  const clock = { turn: async () => {} }

  it('gives back what was written', async () => {
    const bytes = fc.uint8Array({ minLength: 60, maxLength: 200 })
    const transactions = fc.array(fc.record({ bytes, addedAt: fc.nat() }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), transactions, async (estimator, saved) => {
        const record = { genesis: GENESIS, estimator, transactions: saved }
        expect(await decodeMempoolRecord(await encodeMempoolRecord(record, clock), GENESIS, clock)).toEqual({
          ok: true,
          value: record,
        })
      }),
      { numRuns: 30 },
    )
  })

  it('is not taken with one bit changed, cut short, longer, or of another network', async () => {
    const record = {
      genesis: GENESIS,
      estimator: new Uint8Array(9),
      transactions: [{ bytes: new Uint8Array(70), addedAt: 5 }],
    }
    const bytes = await encodeMempoolRecord(record, clock)
    const isTaken = async (damaged: Uint8Array, genesis: BlockHash = GENESIS): Promise<boolean> =>
      (await decodeMempoolRecord(damaged, genesis, clock)).ok
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice()
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      expect(await isTaken(damaged)).toBe(false)
    }
    for (let length = 0; length < bytes.length; length++)
      expect(await isTaken(bytes.subarray(0, length))).toBe(false)
    expect(await isTaken(Uint8Array.of(...bytes, 0))).toBe(false)
    expect(await isTaken(bytes, '00'.repeat(32) as BlockHash)).toBe(false)
    expect(await isTaken(bytes)).toBe(true)
  })

  it('that is damaged is ignored with a warning', async () => {
    const world = await createPoolWorld()
    const { keeper, lines, mempool } = restart(world, createMemoryFile(Uint8Array.of(1, 2, 3, 4, 5, 6)))
    keeper.start()
    await keeper.restored()
    expect(mempool.size).toBe(0)
    expect(lines).toEqual([
      { level: 'warn', phrase: 'saved mempool ignored', fields: { reason: 'the checksum does not match' } },
    ])
  })
})
