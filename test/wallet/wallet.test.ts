import { describe, expect, it } from 'vitest'
import { openWalletCurve } from '../../src/platform/node/wallet-curve.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { balanceOf } from '../../src/wallet/coins.ts'
import { createWallet, importWallet, watchWallet } from '../../src/wallet/new-wallet.ts'
import { GAP_LIMIT } from '../../src/wallet/scan.ts'
import { openWallet } from '../../src/wallet/wallet.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { ABANDON, CHEAP, coinOn, DEV_NETWORK, sourceOf, testWallet } from './support.ts'

const random = createSeededRandom('wallet')
const dependencies = { random, curve: await openWalletCurve() }
const options = { network: DEV_NETWORK, passphrase: 'p', createdAt: 1, cost: CHEAP }

describe('wallet', () => {
  it.each([12, 24] as const)('is made with %i words, which unlock gives back', async (words) => {
    const { wallet, mnemonic } = await createWallet({ ...options, words }, dependencies)
    expect(mnemonic.split(' ')).toHaveLength(words)
    expect((await wallet.unlock('p')).mnemonic()).toBe(mnemonic)
  })

  it('differs each time that one is made', async () => {
    const [a, b] = [await createWallet(options, dependencies), await createWallet(options, dependencies)]
    expect(a.mnemonic).not.toBe(b.mnemonic)
    expect(a.wallet.account().address(0).address).not.toBe(b.wallet.account().address(0).address)
  })

  it('has the same addresses when it is imported or opened again', async () => {
    const wallet = await testWallet()
    const again = openWallet(wallet.keystore(), DEV_NETWORK, dependencies)
    for (const branch of ['receive', 'change'] as const)
      expect(again.account().address(3, branch)).toEqual((await testWallet()).account().address(3, branch))
  })

  it('refuses to be opened on another network', async () => {
    const keystore = (await testWallet()).keystore()
    const other = { ...DEV_NETWORK, name: 'other', genesis: { hash: '1e'.repeat(32) as BlockHash } }
    expect(() => openWallet(keystore, other, dependencies)).toThrow(
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
    expect([
      wallet.account().nextReceiveAddress().index,
      wallet.account().nextReceiveAddress().index,
    ]).toEqual([0, 1])
    const again = openWallet(wallet.keystore(), DEV_NETWORK, dependencies)
    expect(again.account().nextReceiveAddress().index).toBe(2)
  })

  it('come with a warning beyond the gap limit, until one of them is paid', async () => {
    const wallet = await testWallet()
    const flags = Array.from({ length: GAP_LIMIT + 1 }, () => wallet.account().nextReceiveAddress().beyondGap)
    expect(flags).toEqual([...Array(GAP_LIMIT).fill(false), true])
    await wallet.account().scan(sourceOf([coinOn(wallet.account().address(5).scriptPubKey, 1)]))
    expect(wallet.account().nextReceiveAddress()).toMatchObject({ index: GAP_LIMIT + 1, beyondGap: false })
  })

  it('are not handed out again where coins already lie on them', async () => {
    const wallet = await testWallet()
    await wallet.account().scan(sourceOf([coinOn(wallet.account().address(7).scriptPubKey, 1)]))
    expect(wallet.account().nextReceiveAddress().index).toBe(8)
  })
})

describe('scan', () => {
  const script = async (index: number, branch?: 'change') =>
    (await testWallet()).account().address(index, branch).scriptPubKey

  it('finds coins on both branches across gaps of at most 20 unused addresses', async () => {
    const wallet = await testWallet()
    const near = [
      coinOn(await script(19), 1),
      coinOn(await script(39), 2),
      coinOn(await script(4, 'change'), 4),
    ]
    const far = coinOn(await script(60), 8)
    const coins = await wallet.account().scan(sourceOf([...near, far]))
    expect(balanceOf(coins).total).toBe(7)
    expect(wallet.account().state().used).toEqual({ receive: 40, change: 5 })
  })

  it('looks 20 addresses beyond those that were handed out', async () => {
    const wallet = await testWallet()
    for (let i = 0; i < 41; i++) wallet.account().nextReceiveAddress()
    const coins = await wallet.account().scan(sourceOf([coinOn(await script(60), 8)]))
    expect(balanceOf(coins).total).toBe(8)
  })

  it('counts a coin once, however often the source names it', async () => {
    const wallet = await testWallet()
    const coin = coinOn(await script(0), 5)
    expect(balanceOf(await wallet.account().scan(sourceOf([coin, coin]))).total).toBe(5)
  })

  it('refuses a source that answers with coins of others', async () => {
    const wallet = await testWallet()
    const foreign = coinOn(await script(500), 5)
    await expect(wallet.account().scan(async () => [foreign])).rejects.toMatchObject({
      code: 'coin-source-wrong',
    })
  })

  it('stops when it is told to', async () => {
    const wallet = await testWallet()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(wallet.account().scan(sourceOf([]), { signal })).rejects.toThrow('enough')
  })

  it('tells confirmed, immature and pending apart, and counts own pending change as spendable', async () => {
    const wallet = await testWallet()
    const coins = await wallet
      .account()
      .scan(
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

describe('the BIP39 passphrase', () => {
  const wallet = (bip39Passphrase: string) =>
    importWallet({ ...options, mnemonic: ABANDON, bip39Passphrase }, dependencies)

  it('leads to another wallet, which opens with the file passphrase alone', async () => {
    const [plain, hidden] = [await wallet(''), await wallet('TREZOR')]
    expect(hidden.account().address(0).address).not.toBe(plain.account().address(0).address)
    const unlocked = await hidden.unlock('p')
    expect([unlocked.mnemonic(), unlocked.needsBip39Passphrase]).toEqual([ABANDON, true])
    expect((await plain.unlock('p')).needsBip39Passphrase).toBe(false)
  })

  it('is not to be seen in the file, nor whether there is one', async () => {
    const texts = [await wallet(''), await wallet('TREZOR')].map((each) => JSON.stringify(each.keystore()))
    expect(texts[1]).not.toContain('TREZOR')
    expect(texts[0]!.length).toBe(texts[1]!.length)
  })
})

describe('accounts', () => {
  it('are added with the passphrase, and have addresses and coins of their own', async () => {
    const wallet = await testWallet()
    const unlocked = await wallet.unlock('secret')
    const second = unlocked.newAccount()
    expect(second.key.path).toBe("m/84'/1'/1'")
    const again = openWallet(wallet.keystore(), DEV_NETWORK, dependencies)
    expect(again.account(1).address(0)).toEqual(second.address(0))
    const coins = await again.account(1).scan(sourceOf([coinOn(second.address(0).scriptPubKey, 50_000)]))
    const to = [{ address: wallet.account().address(0).address, value: 10_000 }]
    const payment = (await again.unlock('secret')).pay({ to, feeRate: 1, coins }, 1)
    expect(payment.change?.address).toMatchObject({ account: 1, branch: 'change', index: 0 })
    expect(() => again.account(2)).toThrow(expect.objectContaining({ code: 'account-not-found' }))
  })

  it('find their addresses by key and by script, as far as the gap limit', async () => {
    const account = (await testWallet()).account()
    const near = account.address(GAP_LIMIT - 1, 'change')
    expect(account.find(near)).toBe(near)
    expect(account.find({ scriptPubKey: near.scriptPubKey })).toBe(near)
    expect(account.find({ publicKey: account.address(GAP_LIMIT).publicKey })).toBeUndefined()
  })

  it('that someone else put into the file are refused when it is unlocked', async () => {
    const keystore = (await testWallet()).keystore()
    const foreign = (await createWallet(options, dependencies)).wallet.keystore().accounts[0]!
    const path = { ...keystore.accounts[0]!, path: "m/84'/1'/7'" }
    for (const accounts of [[foreign], [keystore.accounts[0]!, foreign], [path]]) {
      const changed = openWallet({ ...keystore, accounts }, DEV_NETWORK, dependencies)
      await expect(changed.unlock('secret')).rejects.toMatchObject({ code: 'wallet-file-changed' })
    }
  })
})

describe('a wallet that only watches', () => {
  it('has the addresses of the key, and nothing to unlock', async () => {
    const wallet = await testWallet()
    const watching = watchWallet(
      { network: DEV_NETWORK, createdAt: 1, key: wallet.account().key },
      dependencies,
    )
    expect(watching.watchOnly).toBe(true)
    expect(watching.account().address(4, 'change')).toEqual(wallet.account().address(4, 'change'))
    await expect(watching.unlock('')).rejects.toMatchObject({ code: 'wallet-watch-only' })
  })

  it('plans payments that it cannot sign', async () => {
    const { key } = (await testWallet()).account()
    const account = watchWallet({ network: DEV_NETWORK, createdAt: 1, key }, dependencies).account()
    const coins = await account.scan(sourceOf([coinOn(account.address(0).scriptPubKey, 9_000)]))
    const plan = account.plan({
      to: [{ address: account.address(9).address, value: 5_000 }],
      feeRate: 1,
      coins,
    })
    expect(plan.fee).toBe(141)
  })
})

describe('the gap limit', () => {
  it('is as far as a scan looks, and a part of the file', async () => {
    const wallet = await testWallet()
    const far = coinOn(wallet.account().address(80).scriptPubKey, 5)
    expect(await wallet.account().scan(sourceOf([far]))).toEqual([])
    wallet.gapLimit = 100
    const again = openWallet(wallet.keystore(), DEV_NETWORK, dependencies)
    expect(await again.account().scan(sourceOf([far]))).toHaveLength(1)
    for (const limit of [0, 1.5, 1e6])
      expect(() => {
        wallet.gapLimit = limit
      }).toThrow(expect.objectContaining({ code: 'gap-limit-out-of-range' }))
  })

  it('is told of as a scan goes on, up to its total', async () => {
    const wallet = await testWallet()
    const seen: number[][] = []
    const coins = [coinOn(wallet.account().address(15).scriptPubKey, 5)]
    await wallet.account().scan(sourceOf(coins), {
      onProgress: ({ addresses, total, coins: found }) => void seen.push([addresses, total, found]),
    })
    expect(seen).toEqual([
      [20, 56, 1],
      [36, 56, 1],
      [56, 56, 1],
    ])
  })
})
