import { describe, expect, it } from 'vitest'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { balanceOf } from '../../src/wallet/coins.ts'
import { GAP_LIMIT } from '../../src/wallet/scan.ts'
import { createWallet, openWallet } from '../../src/wallet/wallet.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { ABANDON, CHEAP, coinOn, DEV_NETWORK, sourceOf, testWallet } from './support.ts'

const random = createSeededRandom('wallet')
const options = { network: DEV_NETWORK, passphrase: 'p', createdAt: 1, cost: CHEAP }

describe('wallet', () => {
  it.each([12, 24] as const)('is made with %i words, which unlock gives back', async (words) => {
    const { wallet, mnemonic } = await createWallet({ ...options, words }, { random })
    expect(mnemonic.split(' ')).toHaveLength(words)
    expect((await wallet.unlock('p')).mnemonic()).toBe(mnemonic)
  })

  it('differs each time that one is made', async () => {
    const [a, b] = [await createWallet(options, { random }), await createWallet(options, { random })]
    expect(a.mnemonic).not.toBe(b.mnemonic)
    expect(a.wallet.address(0).address).not.toBe(b.wallet.address(0).address)
  })

  it('has the same addresses when it is imported or opened again', async () => {
    const wallet = await testWallet()
    const again = openWallet(wallet.keystore(), DEV_NETWORK, { random })
    for (const branch of ['receive', 'change'] as const)
      expect(again.address(3, branch)).toEqual((await testWallet()).address(3, branch))
  })

  it('refuses to be opened on another network', async () => {
    const keystore = (await testWallet()).keystore()
    const other = { ...DEV_NETWORK, name: 'other', genesis: { hash: '1e'.repeat(32) as BlockHash } }
    expect(() => openWallet(keystore, other, { random })).toThrow(
      expect.objectContaining({ code: 'wallet-of-other-network' }),
    )
  })

  it('refuses the wrong passphrase', async () => {
    await expect((await testWallet()).unlock('wrong')).rejects.toMatchObject({
      code: 'wallet-passphrase-wrong',
    })
  })

  it('gives nothing away once locked', async () => {
    const unlocked = await (await testWallet()).unlock('secret')
    unlocked.lock()
    const locked = expect.objectContaining({ code: 'wallet-locked' })
    expect(() => unlocked.mnemonic()).toThrow(locked)
    expect(() => unlocked.pay({ to: [], feeRate: 1, coins: [] })).toThrow(locked)
  })

  it('can be unlocked again after it was locked', async () => {
    const wallet = await testWallet()
    const first = await wallet.unlock('secret')
    const second = await wallet.unlock('secret')
    first.lock()
    expect(second.mnemonic()).toBe(ABANDON)
  })
})

describe('receive addresses', () => {
  it('are handed out one after another, and the keystore remembers', async () => {
    const wallet = await testWallet()
    expect([wallet.nextReceiveAddress().index, wallet.nextReceiveAddress().index]).toEqual([0, 1])
    const again = openWallet(wallet.keystore(), DEV_NETWORK, { random })
    expect(again.nextReceiveAddress().index).toBe(2)
  })

  it('come with a warning beyond the gap limit, until one of them is paid', async () => {
    const wallet = await testWallet()
    const flags = Array.from({ length: GAP_LIMIT + 1 }, () => wallet.nextReceiveAddress().beyondGap)
    expect(flags).toEqual([...Array(GAP_LIMIT).fill(false), true])
    await wallet.scan(sourceOf([coinOn(wallet.address(5).scriptPubKey, 1)]))
    expect(wallet.nextReceiveAddress()).toMatchObject({ index: GAP_LIMIT + 1, beyondGap: false })
  })

  it('are not handed out again where coins already lie on them', async () => {
    const wallet = await testWallet()
    await wallet.scan(sourceOf([coinOn(wallet.address(7).scriptPubKey, 1)]))
    expect(wallet.nextReceiveAddress().index).toBe(8)
  })
})

describe('scan', () => {
  const script = async (index: number, branch?: 'change') =>
    (await testWallet()).address(index, branch).scriptPubKey

  it('finds coins on both branches across gaps of at most 20 unused addresses', async () => {
    const wallet = await testWallet()
    const near = [
      coinOn(await script(19), 1),
      coinOn(await script(39), 2),
      coinOn(await script(4, 'change'), 4),
    ]
    const far = coinOn(await script(60), 8)
    const coins = await wallet.scan(sourceOf([...near, far]))
    expect(balanceOf(coins).total).toBe(7)
    expect(wallet.keystore().used).toEqual({ receive: 40, change: 5 })
  })

  it('looks 20 addresses beyond those that were handed out', async () => {
    const wallet = await testWallet()
    for (let i = 0; i < 41; i++) wallet.nextReceiveAddress()
    const coins = await wallet.scan(sourceOf([coinOn(await script(60), 8)]))
    expect(balanceOf(coins).total).toBe(8)
  })

  it('counts a coin once, however often the source names it', async () => {
    const wallet = await testWallet()
    const coin = coinOn(await script(0), 5)
    expect(balanceOf(await wallet.scan(sourceOf([coin, coin]))).total).toBe(5)
  })

  it('refuses a source that answers with coins of others', async () => {
    const wallet = await testWallet()
    const foreign = coinOn(await script(500), 5)
    await expect(wallet.scan(async () => [foreign])).rejects.toMatchObject({ code: 'coin-source-wrong' })
  })

  it('stops when it is told to', async () => {
    const wallet = await testWallet()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(wallet.scan(sourceOf([]), { signal })).rejects.toThrow('enough')
  })

  it('tells confirmed, immature and pending apart, and counts own pending change as spendable', async () => {
    const wallet = await testWallet()
    const coins = await wallet.scan(
      sourceOf([
        coinOn(await script(0), 1),
        coinOn(await script(1), 10, 'immature'),
        coinOn(await script(2), 100, 'pending'),
        coinOn(await script(0, 'change'), 1000, 'pending'),
      ]),
    )
    expect(balanceOf(coins)).toEqual({
      confirmed: 1,
      immature: 10,
      pending: 1100,
      spendable: 1001,
      total: 1111,
    })
  })
})
