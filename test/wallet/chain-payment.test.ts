import { describe, expect, it } from 'vitest'
import type { CoinSource } from '../../src/wallet/coins.ts'
import { balanceOf } from '../../src/wallet/coins.ts'
import { createWallet } from '../../src/wallet/new-wallet.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createTestChain, DEV } from '../support/test-chain.ts'
import { testWallet } from './support.ts'

describe('a payment on a chain', () => {
  it('is taken by the rules, and what it moved is found again', async () => {
    const { chain, mine, mineMany } = await createTestChain()
    const source: CoinSource = async (scripts) => {
      const found = await Promise.all(scripts.map((script) => chain.coinsOfScript(script)))
      return found.flat().map((placed) => {
        const ripe = !placed.coin.coinbase || chain.tip().height + 1 - placed.coin.height >= DEV.maturity
        return { ...placed, status: ripe ? 'confirmed' : 'immature' }
      })
    }
    const network = { name: DEV.name, prefix: DEV.prefix, genesis: DEV.genesis }
    const wallet = await testWallet(network)
    const payer = wallet.account()
    const options = { network, passphrase: '', createdAt: 0 }
    const made = await createWallet(options, { random: createSeededRandom('payee') })
    const payee = made.wallet.account()
    await mineMany(2, { scriptPubKey: payer.nextReceiveAddress().scriptPubKey })
    expect(balanceOf(await payer.scan(source))).toMatchObject({ confirmed: 0, immature: 2 * DEV.subsidy })
    await mineMany(DEV.maturity)

    const unlocked = await wallet.unlock('secret')
    const payment = unlocked.pay({
      to: [{ address: payee.address(15).address, value: DEV.subsidy + 1 }],
      feeRate: 1,
      coins: await payer.scan(source),
    })
    expect(payment.spent).toHaveLength(2)
    await mine({ transactions: [payment.transaction], fees: payment.fee })

    expect(balanceOf(await payee.scan(source)).confirmed).toBe(DEV.subsidy + 1)
    expect(balanceOf(await payer.scan(source)).confirmed).toBe(DEV.subsidy - 1 - payment.fee)
  })
})
