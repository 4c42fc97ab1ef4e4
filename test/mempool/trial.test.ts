import { describe, expect, it } from 'vitest'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS } from '../../src/mempool/mempool.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { pay } from '../support/key.ts'
import { testSignatures } from '../support/signatures.ts'
import { coinbaseInput } from '../support/test-chain.ts'
import { createPoolWorld, openCoin, spendOpen } from './pool-world.ts'

async function createTrials() {
  const world = await createPoolWorld({ maxVirtualBytes: 1_000_000 })
  const { mempool } = world
  const heard: unknown[] = []
  mempool.events.on('added', (entry) => heard.push(entry))
  mempool.events.on('removed', (event) => heard.push(event))
  /** What the trial says; it must be what `accept` says right after it, and change nothing. */
  async function tryThenTake(tx: Transaction) {
    const before = { entries: mempool.entries(), bytes: mempool.virtualBytes, heard: heard.length }
    const tested = await mempool.test(tx)
    expect({ entries: mempool.entries(), bytes: mempool.virtualBytes, heard: heard.length }).toEqual(before)
    const taken = await mempool.accept(tx)
    if (tested.ok) {
      const { fee, virtualSize } = tested.value
      expect(taken).toMatchObject({ ok: true, value: { fee, virtualSize } })
    } else expect(taken).toEqual(tested)
    return tested
  }
  return { ...world, tryThenTake }
}

describe('a trial', () => {
  it('says what would come in, and takes nothing', async () => {
    const { coins, tryThenTake } = await createTrials()
    const parent = spendOpen([coins[0]!], { fee: 500 })
    expect(await tryThenTake(parent)).toMatchObject({ ok: true, value: { fee: 500, replaces: [] } })
    const child = spendOpen([openCoin(parent)], { fee: 700 })
    expect(await tryThenTake(child)).toMatchObject({ ok: true, value: { fee: 700, replaces: [] } })
  })

  it('names all that would be replaced, parents first', async () => {
    const { coins, tryThenTake } = await createTrials()
    const parent = spendOpen([coins[0]!], { fee: 500 })
    const child = spendOpen([openCoin(parent)], { fee: 700 })
    await tryThenTake(parent)
    await tryThenTake(child)
    expect(await tryThenTake(spendOpen([coins[0]!], { fee: 5_000 }))).toMatchObject({
      value: { replaces: [parent.txid, child.txid] },
    })
  })

  it('refuses as `accept` does: what is pending, conflicts, pays too little, lacks inputs or breaks a rule', async () => {
    const { coins, tryThenTake } = await createTrials()
    const unknown = spendOpen([coins[5]!], { fee: 9 })
    const first = spendOpen([coins[0]!], { fee: 500 })
    await tryThenTake(first)
    const codes = []
    for (const tx of [
      first,
      spendOpen([coins[0]!], { fee: 501 }),
      spendOpen([coins[1]!], { fee: 1 }),
      spendOpen([openCoin(unknown)], { fee: 900 }),
      spendOpen([coins[2]!], { fee: -1 }),
      spendOpen([coins[2]!], { fee: 500, lockTime: 400_000_000, sequence: 0 }),
    ]) {
      const tested = await tryThenTake(tx)
      codes.push(tested.ok ? 'ok' : tested.error.code)
    }
    expect(codes).toEqual([
      'already-in-mempool',
      'mempool-conflict',
      'fee-below-minimum',
      'missing-inputs',
      'outputs-exceed-inputs',
      'transaction-not-final',
    ])
  })
})

describe('what came before its parent', () => {
  it('stays out, also where its turn comes once the parent is under way', async () => {
    const { coins, ...world } = await createPoolWorld()
    const [slowBlock] = await world.mineMany(11)
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const firstInvalid: typeof testSignatures.firstInvalid = async (checks) => {
      if (checks.length > 0) await released
      return testSignatures.firstInvalid(checks)
    }
    const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, {
      ...world,
      signatures: { ...testSignatures, firstInvalid },
      logger: SILENT_LOGGER,
    })
    const { outPoint, coin, key } = coinbaseInput(slowBlock!)
    const slow = pay([{ outPoint, coin, key }], [{ value: coin.value - 500, scriptPubKey: key.scriptPubKey }])
    const parent = spendOpen([coins[0]!], { fee: 500 })
    const child = spendOpen([openCoin(parent)], { fee: 700 })
    const verdicts = [slow, child, parent].map((tx) => mempool.accept(tx))
    // All are judged ahead by then; the first holds up the turn of the others.
    await new Promise((resolve) => setImmediate(resolve))
    release()
    expect(await Promise.all(verdicts)).toMatchObject([
      { ok: true },
      { ok: false, error: { code: 'missing-inputs' } },
      { ok: true },
    ])
    expect(mempool.familyOf(parent.txid)).toMatchObject({ children: [], descendants: { count: 1 } })
  })
})

describe('a family', () => {
  it('counts all that a pending transaction builds on, and all that builds on it', async () => {
    const { mempool, coins } = await createPoolWorld()
    const parent = spendOpen([coins[0]!], { fee: 500, outputs: 2 })
    const left = spendOpen([openCoin(parent, 0)], { fee: 600 })
    const right = spendOpen([openCoin(parent, 1)], { fee: 700 })
    const last = spendOpen([openCoin(left), openCoin(right)], { fee: 800 })
    for (const tx of [parent, left, right, last]) await mempool.accept(tx)
    const size = (...txs: Transaction[]) =>
      txs.reduce((sum, { txid }) => sum + mempool.get(txid)!.virtualSize, 0)
    expect(mempool.familyOf(parent.txid)).toEqual({
      parents: [],
      children: [left.txid, right.txid],
      ancestors: { count: 1, virtualSize: size(parent), fees: 500 },
      descendants: { count: 4, virtualSize: size(parent, left, right, last), fees: 2_600 },
    })
    expect(mempool.familyOf(last.txid)).toMatchObject({
      parents: [left.txid, right.txid],
      children: [],
      ancestors: { count: 4, fees: 2_600 },
      descendants: { count: 1, fees: 800 },
    })
    expect(mempool.familyOf(spendOpen([coins[9]!], { fee: 500 }).txid)).toBeUndefined()
  })
})

describe('pages', () => {
  it('hold each entry once, also those that come in between, and none that has left', async () => {
    const { mempool, coins } = await createPoolWorld()
    const first = coins.slice(0, 7).map((coin) => spendOpen([coin], { fee: 500 }))
    for (const tx of first) await mempool.accept(tx)
    const listed: string[] = []
    let after = -1
    for (let round = 0; ; round++) {
      const page = mempool.entriesAfter(after, 3)
      listed.push(...page.map(({ entry }) => entry.transaction.txid))
      if (page.length < 3) break
      after = page.at(-1)!.sequence
      if (round === 0) {
        await mempool.accept(spendOpen([coins[3]!], { fee: 5_000 }))
        await mempool.accept(spendOpen([coins[8]!], { fee: 500 }))
      }
    }
    expect(listed.slice(0, 3)).toEqual(first.slice(0, 3).map(({ txid }) => txid))
    expect(listed.slice(3)).toEqual(
      mempool
        .entries()
        .slice(3)
        .map(({ transaction }) => transaction.txid),
    )
  })
})
