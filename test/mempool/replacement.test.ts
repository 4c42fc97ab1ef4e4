import { describe, expect, it } from 'vitest'
import type { MempoolEvents } from '../../src/ports/mempool.ts'
import { virtualSize } from '../../src/primitives/transaction.ts'
import { createPoolWorld, openChain, openCoin, spendOpen } from './pool-world.ts'

const FINAL = 0xffff_ffff
/** virtual bytes of one input and one output */
const SIZE = virtualSize(
  spendOpen([{ outPoint: { txid: '11'.repeat(32) as never, vout: 0 }, value: 5_000 }], { fee: 0 }).weight,
)

describe('replacement by fee', () => {
  it('takes the place of a payment, and of all that builds on it, whether or not it signals', async () => {
    const { mempool, coins, admit, code, departures, pendingIds } = await createPoolWorld()
    const first = spendOpen([coins[0]!], { fee: 1_000, sequence: FINAL })
    const child = spendOpen([openCoin(first)], { fee: 1_000, sequence: FINAL })
    await admit(first, child)
    const order: string[] = []
    mempool.events.on('removed', ({ reason }: MempoolEvents['removed']) => order.push(reason))
    mempool.events.on('added', () => order.push('added'))
    const second = spendOpen([coins[0]!], { fee: 5_000, sequence: FINAL })
    expect(await code(second)).toBe('ok')
    expect(pendingIds()).toEqual([second.txid])
    expect(departures()).toEqual([
      [first.txid, 'replaced'],
      [child.txid, 'replaced'],
    ])
    expect(order).toEqual(['replaced', 'replaced', 'added'])
    expect(mempool.spenderOf(coins[0]!.outPoint)?.transaction).toBe(second)
  })

  it('asks for all that goes and one base unit a virtual byte on top (rules 3 and 4)', async () => {
    const { coins, admit, code } = await createPoolWorld()
    const first = spendOpen([coins[0]!], { fee: 1_000 })
    await admit(first, spendOpen([openCoin(first)], { fee: 3_000 }))
    expect(await code(spendOpen([coins[0]!], { fee: 4_000 + SIZE - 1 }))).toBe('mempool-conflict')
    expect(await code(spendOpen([coins[0]!], { fee: 4_000 + SIZE }))).toBe('ok')
  })

  it('asks for a higher fee rate than that of each payment that it conflicts with', async () => {
    const { coins, admit, code } = await createPoolWorld()
    await admit(spendOpen([coins[0]!], { fee: 2_000 }), spendOpen([coins[1]!], { fee: 200 }))
    const large = { outputs: 50, fee: 20_000 }
    expect(await code(spendOpen([coins[0]!, coins[1]!], large))).toBe('mempool-conflict')
    expect(await code(spendOpen([coins[1]!], large))).toBe('ok')
  })

  it('drives out at most 100 (rule 5)', async () => {
    const { coins, admit, code, mempool } = await createPoolWorld()
    for (const coin of coins.slice(0, 4)) await admit(...openChain(coin, 25, { fee: 500 }))
    await admit(spendOpen([coins[4]!], { fee: 500 }))
    expect(await code(spendOpen(coins.slice(0, 5), { fee: 1_000_000 }))).toBe('too-many-replaced')
    expect(mempool.size).toBe(101)
    expect(await code(spendOpen(coins.slice(0, 4), { fee: 1_000_000 }))).toBe('ok')
    expect(mempool.size).toBe(2)
  })

  it('builds on no pending payment but those that what it replaces builds on (rule 2)', async () => {
    const { coins, admit, code } = await createPoolWorld()
    const known = spendOpen([coins[0]!], { fee: 1_000, outputs: 2 })
    const other = spendOpen([coins[1]!], { fee: 1_000 })
    await admit(known, other, spendOpen([openCoin(known), coins[2]!], { fee: 1_000 }))
    const added = spendOpen([coins[2]!, openCoin(other)], { fee: 50_000 })
    expect(await code(added)).toBe('replacement-adds-unconfirmed')
    expect(await code(spendOpen([coins[2]!, openCoin(known, 1)], { fee: 50_000 }))).toBe('ok')
  })

  it('cannot build on what it would replace', async () => {
    const { coins, admit, code } = await createPoolWorld()
    const first = spendOpen([coins[0]!], { fee: 1_000, outputs: 2 })
    await admit(first)
    expect(await code(spendOpen([coins[0]!, openCoin(first)], { fee: 90_000 }))).toBe('spends-conflicting')
  })

  it('frees the place of what goes among the descendants of its parent', async () => {
    const { coins, admit, code } = await createPoolWorld()
    const parent = spendOpen([coins[0]!], { fee: 1_000_000, outputs: 30 })
    await admit(parent)
    for (let vout = 0; vout < 24; vout++) await admit(spendOpen([openCoin(parent, vout)], { fee: 200 }))
    expect(await code(spendOpen([openCoin(parent, 24)], { fee: 900 }))).toBe(
      'too-many-unconfirmed-descendants',
    )
    expect(await code(spendOpen([openCoin(parent, 23)], { fee: 900 }))).toBe('ok')
  })

  it('lets go of a parent that came in for the sake of the child that goes', async () => {
    const { mempool, coins, code, departures } = await createPoolWorld()
    const parent = spendOpen([coins[0]!], { fee: 0 })
    const child = spendOpen([openCoin(parent), coins[1]!], { fee: 2_000 })
    for (const verdict of await mempool.acceptPackage([parent, child])) expect(verdict.ok).toBe(true)
    expect(await code(spendOpen([coins[1]!], { fee: 9_000 }))).toBe('ok')
    expect(mempool.size).toBe(1)
    expect(departures()).toEqual([
      [child.txid, 'replaced'],
      [parent.txid, 'evicted'],
    ])
  })
})

describe('pinning', () => {
  it('by a large child at a low rate costs what the child pays, which its size bounds', async () => {
    const { coins, admit, code } = await createPoolWorld()
    const shared = spendOpen([coins[0]!], { fee: 500, outputs: 2 })
    // 101,000 virtual bytes are the most that can be hung onto it, in any number of transactions.
    const pin = spendOpen([openCoin(shared, 1)], { fee: 100_000, outputs: 2_200 })
    await admit(shared, pin)
    const tooLittle = spendOpen([coins[0]!], { fee: 100_500 })
    expect(await code(tooLittle)).toBe('mempool-conflict')
    expect(await code(spendOpen([coins[0]!], { fee: 100_500 + SIZE }))).toBe('ok')
  })

  it('by a chain of children ends where the descendants are bounded', async () => {
    const { coins, admit, code, mempool } = await createPoolWorld()
    const shared = spendOpen([coins[0]!], { fee: 500, outputs: 2 })
    await admit(shared)
    const pins = openChain(openCoin(shared, 1), 25, { fee: 200 })
    await admit(...pins.slice(0, 24))
    expect(await code(pins[24]!)).toBe('too-many-unconfirmed-ancestors')
    expect(await code(spendOpen([coins[0]!], { fee: 500 + 24 * 200 + SIZE }))).toBe('ok')
    expect(mempool.size).toBe(1)
  })
})
