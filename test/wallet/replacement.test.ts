import { describe, expect, it } from 'vitest'
import { virtualSize } from '../../src/primitives/transaction.ts'
import { encodeAddress } from '../../src/script/address.ts'
import { p2wpkhScript } from '../../src/script/templates.ts'
import { coinOn, sourceOf, testWallet } from './support.ts'

const recipient = { value: 10_000, scriptPubKey: p2wpkhScript(new Uint8Array(20).fill(9)) }

/** A payment of 10,000 base units by a coin of so many, with further coins in the wallet. */
async function paidFrom(value: number, ...more: number[]) {
  const wallet = await testWallet()
  const account = wallet.account()
  const unlocked = await wallet.unlock('secret')
  const own = [value, ...more].map((each, index) => coinOn(account.address(index).scriptPubKey, each))
  const coins = await account.scan(sourceOf(own))
  const to = [{ address: encodeAddress(recipient.scriptPubKey, 'dcrn')!, value: recipient.value }]
  const first = unlocked.pay({ to, feeRate: 1, coins: coins.slice(0, 1) })
  const { transaction, fee, spent, change } = first
  const replace = (feeRate: number) =>
    unlocked.sign(
      account.planReplacement({
        ...{ transaction, fee, spent, feeRate, change: change?.address },
        coins: coins.slice(1),
      }),
    )
  return { account, first, replace, refusal: (feeRate: number) => refusalOf(() => replace(feeRate)) }
}

function refusalOf(run: () => unknown) {
  try {
    run()
  } catch (error) {
    return error as { code: string; details: Record<string, number> }
  }
  throw new Error('it was made')
}

describe('a replacement (BIP125)', () => {
  it('pays the same from the same coins, and takes the fee from the change', async () => {
    const { account, first, replace } = await paidFrom(60_000)
    const second = replace(10)
    expect(second.transaction.inputs.map(({ prevout }) => prevout)).toEqual(
      first.transaction.inputs.map(({ prevout }) => prevout),
    )
    expect(second.transaction.outputs).toContainEqual(recipient)
    expect(second.change?.address).toEqual(first.change?.address)
    expect(second.fee - first.fee).toBe(first.change!.value - second.change!.value)
    expect(second.fee).toBeGreaterThanOrEqual(10 * virtualSize(second.transaction.weight))
    expect(account.state().next.change).toBe(1)
  })

  it('adds a confirmed coin where the change does not suffice', async () => {
    const { first, replace } = await paidFrom(10_600, 4_000, 9_000)
    const { transaction, spent, change } = replace(20)
    expect(spent.map(({ coin }) => coin.value)).toEqual([10_600, 9_000])
    expect(transaction.inputs[0]!.prevout).toEqual(first.transaction.inputs[0]!.prevout)
    expect(change?.address).toEqual(first.change?.address)
  })

  it('does without change where that would be dust', async () => {
    const { replace } = await paidFrom(10_600)
    expect(replace(4)).toMatchObject({ change: undefined, fee: 600 })
  })

  it('pays for its own relay above the old fee, and says from which rate on', async () => {
    const { refusal, replace } = await paidFrom(60_000)
    for (const rate of [0.5, 1, 1.9])
      expect(refusal(rate)).toMatchObject({ code: 'fee-rate-too-low', details: { least: 2 } })
    expect(replace(2).fee).toBe(282)
  })

  it('is refused where the coins do not suffice, or are not ours', async () => {
    const { refusal, account, first } = await paidFrom(10_600, 300)
    expect(refusal(100).code).toBe('insufficient-funds')
    const { transaction, fee } = first
    const foreign = { transaction, fee, feeRate: 5, spent: [], change: undefined, coins: [] }
    expect(refusalOf(() => account.planReplacement(foreign)).code).toBe('payment-not-ours')
  })
})
