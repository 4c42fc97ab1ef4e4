import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import type { Coin } from '../../src/primitives/coin.ts'
import { virtualSize } from '../../src/primitives/transaction.ts'
import { encodeAddress } from '../../src/script/address.ts'
import { createSighashCache } from '../../src/script/sighash.ts'
import { checkHolds } from '../../src/script/signature-check.ts'
import { p2wpkhScript, p2wshScript } from '../../src/script/templates.ts'
import { checkWitness } from '../../src/script/witness.ts'
import type { OwnedCoin, WalletCoin } from '../../src/wallet/coins.ts'
import { NOBLE_CURVE } from '../../src/wallet/curve.ts'
import { type Payment, signPayment } from '../../src/wallet/payment.ts'
import type { WalletAccount } from '../../src/wallet/wallet-account.ts'
import { coinOn, sourceOf, testWallet } from './support.ts'

const recipientScript = p2wpkhScript(new Uint8Array(20).fill(9))
const recipient = encodeAddress(recipientScript, 'dcrn')!

async function funded(of: (account: WalletAccount) => readonly WalletCoin[]) {
  const wallet = await testWallet()
  const account = wallet.account()
  const coins = await account.scan(sourceOf(of(account)))
  return { account, coins, unlocked: await wallet.unlock('secret') }
}

/** Whether each input's witness holds, as the rules have it. */
function signaturesHold({ transaction, spent }: Payment): boolean {
  const cache = createSighashCache(transaction)
  const coinOf = (index: number): Coin => {
    const { txid, vout } = transaction.inputs[index]!.prevout
    return spent.find(({ outPoint }) => outPoint.txid === txid && outPoint.vout === vout)!.coin
  }
  return transaction.inputs.every((_, index) => {
    const checks = checkWitness(cache, index, coinOf(index))
    return (
      checks.ok &&
      checks.value.every((check) =>
        checkHolds(check, (publicKey, digest, signature) =>
          secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: true }),
        ),
      )
    )
  })
}

const totalOf = (coins: readonly OwnedCoin[]) => coins.reduce((sum, { coin }) => sum + coin.value, 0)

describe('payment', () => {
  it('is version 2, without lock time, replaceable (BIP125), and its signatures hold', async () => {
    const { unlocked, coins } = await funded((account) => [
      coinOn(account.address(0).scriptPubKey, 60_000),
      coinOn(account.address(3).scriptPubKey, 50_000),
      coinOn(account.address(1, 'change').scriptPubKey, 40_000),
    ])
    const payment = unlocked.pay({ to: [{ address: recipient, value: 120_000 }], feeRate: 2, coins })
    const { transaction, spent, fee, change } = payment
    expect(transaction).toMatchObject({ version: 2, lockTime: 0 })
    expect(transaction.inputs.map(({ sequence }) => sequence)).toEqual(Array(3).fill(0xffff_fffd))
    expect(transaction.inputs.every(({ scriptSig }) => scriptSig.length === 0)).toBe(true)
    expect(signaturesHold(payment)).toBe(true)
    expect(totalOf(spent)).toBe(120_000 + fee + change!.value)
    expect(transaction.outputs).toContainEqual({ value: 120_000, scriptPubKey: recipientScript })
    expect(transaction.outputs).toContainEqual({
      value: change!.value,
      scriptPubKey: change!.address.scriptPubKey,
    })
  })

  it('pays the fee rate, by at most a vbyte an input too much', async () => {
    const { unlocked, coins } = await funded((account) =>
      [1, 2, 3, 4, 5].map((index) => coinOn(account.address(index).scriptPubKey, 10_000)),
    )
    const { transaction, fee } = unlocked.pay({
      to: [{ address: recipient, value: 42_000 }],
      feeRate: 3,
      coins,
    })
    const size = virtualSize(transaction.weight)
    expect(fee).toBeGreaterThanOrEqual(3 * size)
    expect(fee).toBeLessThanOrEqual(3 * (size + 5))
  })

  it('sends change to a new change address each time', async () => {
    const { unlocked, coins, account } = await funded(({ address }) => [
      coinOn(address(0).scriptPubKey, 100_000),
    ])
    const pay = () => unlocked.pay({ to: [{ address: recipient, value: 10_000 }], feeRate: 1, coins })
    expect([pay().change!.address, pay().change!.address]).toEqual([
      account.address(0, 'change'),
      account.address(1, 'change'),
    ])
    expect(account.state().next).toEqual({ receive: 1, change: 2 })
  })

  it('uses no change address where there is no change', async () => {
    const { unlocked, coins, account } = await funded(({ address }) => [
      coinOn(address(0).scriptPubKey, 10_110),
    ])
    const payment = unlocked.pay({ to: [{ address: recipient, value: 10_000 }], feeRate: 1, coins })
    expect(payment).toMatchObject({ fee: 110, change: undefined })
    expect(payment.transaction.outputs).toHaveLength(1)
    expect(account.state().next.change).toBe(0)
  })

  it('pays several recipients at once, P2WSH among them', async () => {
    const { unlocked, coins } = await funded(({ address }) => [coinOn(address(0).scriptPubKey, 100_000)])
    const script = p2wshScript(new Uint8Array(32).fill(3))
    const to = [
      { address: recipient, value: 1_000 },
      { address: encodeAddress(script, 'dcrn')!, value: 2_000 },
    ]
    const { transaction } = unlocked.pay({ to, feeRate: 1, coins })
    expect(transaction.outputs).toContainEqual({ value: 1_000, scriptPubKey: recipientScript })
    expect(transaction.outputs).toContainEqual({ value: 2_000, scriptPubKey: script })
  })

  it('does not put the change always in the same place', async () => {
    const { unlocked, coins } = await funded(({ address }) => [coinOn(address(0).scriptPubKey, 100_000)])
    const places = new Set(
      Array.from({ length: 30 }, () => {
        const { transaction } = unlocked.pay({
          to: [{ address: recipient, value: 1_000 }],
          feeRate: 1,
          coins,
        })
        return transaction.outputs.findIndex(({ value }) => value !== 1_000)
      }),
    )
    expect(places).toEqual(new Set([0, 1]))
  })

  it('spends own change that is still pending only where confirmed coins do not suffice', async () => {
    const { unlocked, coins } = await funded(({ address }) => [
      coinOn(address(0).scriptPubKey, 50_000),
      coinOn(address(0, 'change').scriptPubKey, 20_000, 'pending'),
    ])
    const spentFor = (value: number) =>
      unlocked
        .pay({ to: [{ address: recipient, value }], feeRate: 1, coins })
        .spent.map(({ status }) => status)
    expect(spentFor(10_000)).toEqual(['confirmed'])
    expect(spentFor(60_000).sort()).toEqual(['confirmed', 'pending'])
  })
})

describe('a payment that cannot be made', () => {
  const refused = async (to: { address: string; value: number }[], feeRate = 1) => {
    const { unlocked, coins } = await funded(({ address }) => [
      coinOn(address(0).scriptPubKey, 10_000),
      coinOn(address(1).scriptPubKey, 5_000, 'immature'),
      coinOn(address(2).scriptPubKey, 7_000, 'pending'),
    ])
    try {
      unlocked.pay({ to, feeRate, coins })
    } catch (error) {
      return error as { code: string; message: string; details: unknown }
    }
    throw new Error('it was made')
  }

  it('says what is needed, what is there, and what has to wait', async () => {
    const error = await refused([{ address: recipient, value: 10_000 }])
    expect(error).toMatchObject({
      code: 'insufficient-funds',
      details: { needed: 10_110, available: 10_000, immature: 5_000, pending: 7_000 },
    })
    expect(error.message).toMatch(/10110.*10000.*5000.*7000/)
  })

  it('is refused for an address of another network, or none', async () => {
    const other = encodeAddress(recipientScript, 'crn')!
    expect((await refused([{ address: other, value: 1_000 }])).code).toBe('address-of-other-network')
    expect((await refused([{ address: 'nonsense', value: 1_000 }])).code).toBe('address-malformed')
  })

  it.each([0, -1, 0.5, Number.NaN, 2 ** 53, 21_000_000 * 1e8 + 1])(
    'is refused for %d base units',
    async (value) => {
      expect((await refused([{ address: recipient, value }])).code).toBe('amount-out-of-range')
    },
  )

  it('is refused for dust', async () => {
    expect(await refused([{ address: recipient, value: 293 }])).toMatchObject({
      code: 'amount-below-dust',
      details: { value: 293, least: 294 },
    })
  })

  it('is refused where the amounts add up to more than can exist', async () => {
    const most = { address: recipient, value: 21_000_000 * 1e8 }
    expect((await refused([most, most])).code).toBe('amount-out-of-range')
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 10_001])(
    'is refused for a fee rate of %d',
    async (rate) => {
      expect((await refused([{ address: recipient, value: 1_000 }], rate)).code).toBe('fee-rate-out-of-range')
    },
  )

  it('is refused without a recipient', async () => {
    expect((await refused([])).code).toBe('recipients-missing')
  })

  it('is refused where it takes more coins than a transaction can spend', async () => {
    const { unlocked, coins } = await funded(({ address }) =>
      Array.from({ length: 2_000 }, () => coinOn(address(0).scriptPubKey, 1_000)),
    )
    expect(() => unlocked.pay({ to: [{ address: recipient, value: 1_800_000 }], feeRate: 1, coins })).toThrow(
      expect.objectContaining({ code: 'payment-too-large' }),
    )
  })
})

describe('a sweep', () => {
  it('sends every coin that is worth its fee to one address, and nothing comes back', async () => {
    const { account, coins, unlocked } = await funded(({ address }) => [
      coinOn(address(0).scriptPubKey, 10_000),
      coinOn(address(1).scriptPubKey, 60),
      coinOn(address(2).scriptPubKey, 5_000, 'immature'),
      coinOn(address(0, 'change').scriptPubKey, 3_000, 'pending'),
    ])
    const plan = account.planSweep({ to: recipient, feeRate: 1, coins })
    const payment = unlocked.sign(plan)
    expect(plan).toMatchObject({ left: 0, change: undefined })
    expect(totalOf(plan.spent)).toBe(13_000)
    expect(payment.transaction.outputs).toEqual([{ value: 13_000 - plan.fee, scriptPubKey: recipientScript }])
    expect(signaturesHold(payment)).toBe(true)
  })

  it('takes the largest coins where not all fit, and says how many are left', async () => {
    const { account, coins } = await funded(({ address }) =>
      Array.from({ length: 2_000 }, (_, i) => coinOn(address(0).scriptPubKey, 1_000 + i)),
    )
    const plan = account.planSweep({ to: recipient, feeRate: 1, coins })
    expect(plan.spent.length + plan.left).toBe(2_000)
    expect(plan.spent.length).toBeGreaterThan(1_400)
    expect(plan.weight).toBeLessThanOrEqual(400_000)
    expect(Math.min(...plan.spent.map(({ coin }) => coin.value))).toBe(1_000 + plan.left)
  })

  it('is refused where the fee leaves nothing', async () => {
    const { account, coins } = await funded(({ address }) => [coinOn(address(0).scriptPubKey, 400)])
    expect(() => account.planSweep({ to: recipient, feeRate: 1, coins })).toThrow(
      expect.objectContaining({ code: 'insufficient-funds' }),
    )
  })
})

describe('a payment with many inputs', () => {
  it('looks at each coin a few times, not once for each of the others', async () => {
    const { account, coins } = await funded(({ address }) =>
      Array.from({ length: 500 }, () => coinOn(address(0).scriptPubKey, 1_000)),
    )
    const plan = account.planSweep({ to: recipient, feeRate: 1, coins })
    let looks = 0
    const spent = plan.spent.map((coin) => {
      const { txid, vout } = coin.outPoint
      const watched = {
        get txid() {
          looks += 1
          return txid
        },
        vout,
      }
      return { ...coin, outPoint: watched }
    })
    // no curve: nothing but the building and hashing is of interest
    const curve = { ...NOBLE_CURVE, sign: () => new Uint8Array(64).fill(1) }
    signPayment({ ...plan, spent }, () => new Uint8Array(32), curve)
    expect(looks).toBeGreaterThan(500)
    expect(looks).toBeLessThan(10 * 500)
  })
})
