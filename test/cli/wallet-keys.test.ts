import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { COIN } from '../../src/primitives/money.ts'
import { scriptOf } from '../../src/wallet/payment-plan.ts'
import { ABANDON } from '../wallet/support.ts'
import { createMinerUser, createUser } from './wallet-user.ts'

describe('the BIP39 passphrase', () => {
  it('is asked for, or taken from a file or a variable, and leads to the same wallet', async () => {
    const { json, run } = await createUser()
    const words = ABANDON
    const plain = await json('wallet import plain', { secrets: [words, ''] })
    const asked = await json('wallet import asked --bip39-passphrase', { secrets: [words, 'TREZOR', ''] })
    expect(asked.address).not.toBe(plain.address)
    const environment = { CAIRN_BIP39_PASSPHRASE: 'TREZOR' }
    const machine = { readTextFile: async () => 'TREZOR\n' }
    expect((await json('wallet import b', { secrets: [words, ''], environment })).address).toBe(asked.address)
    const byFile = await json('wallet import c --bip39-passphrase-file /trezor', {
      secrets: [words, ''],
      machine,
    })
    expect(byFile.address).toBe(asked.address)
    const exported = await run('wallet export asked')
    expect(exported).toMatchObject({
      code: 0,
      out: words,
      notes: expect.stringContaining('BIP39 passphrase'),
    })
    expect(await json('wallet export asked')).toMatchObject({ needsBip39Passphrase: true })
  })

  it('is asked for twice where a person makes a wallet', async () => {
    const { run } = await createUser()
    const interactive = { interactive: true, secrets: ['', '', 'one', 'two'] }
    expect(await run('wallet create --bip39-passphrase', interactive)).toMatchObject({ code: 2 })
  })
})

describe('a wallet that watches', () => {
  it('is made of the key that another one exports, and has its addresses', async () => {
    const { json, run } = await createUser()
    const made = await json('wallet create')
    const exported = await json('wallet export --xpub')
    expect(exported.key).toMatch(/^\[[0-9a-f]{8}\/84'\/1'\/0'\]xpub/)
    expect(exported.descriptor).toBe(`wpkh(${exported.key}/0/*)`)
    const watching = await json(`wallet import till --xpub ${exported.key}`)
    expect(watching).toMatchObject({ address: made.address, watchOnly: true })
    expect(await run('wallet export till')).toMatchObject({
      code: 1,
      notes: expect.stringContaining('watches'),
    })
    expect(await json('wallet list')).toMatchObject([
      { name: 'default', kind: 'no passphrase', accounts: 1 },
      { name: 'till', kind: 'watch-only', gapLimit: 20 },
    ])
  })

  it('is never made of a private key, which no message repeats', async () => {
    const { run } = await createUser()
    const xprv =
      'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi'
    const { code, notes } = await run(`wallet import till --xpub ${xprv}`)
    expect(code).toBe(2)
    expect(notes).toContain('private extended key')
    expect(notes).not.toContain('9s21ZrQH')
    expect((await run('wallet import till --xpub nonsense')).code).toBe(2)
    expect((await run('wallet import till --xpub x --passphrase-file y')).code).toBe(2)
  })
})

describe('accounts', () => {
  it('are added with the passphrase, and each has its own addresses and balance', async () => {
    const { askJson, ask, json, run } = await createMinerUser()
    const second = await json('wallet account new')
    expect(second).toMatchObject({ account: 1, path: "m/84'/1'/1'" })
    expect(await json('wallet account list')).toMatchObject([
      { account: 0 },
      { account: 1, address: second.address },
    ])
    expect(await json('wallet address --account 1')).toMatchObject({ address: second.address })

    const sent = await askJson(`send --to ${second.address} --amount 70`)
    const [both, one] = [await askJson('wallet balance'), await askJson('wallet balance --account 1')]
    expect(one.total).toBe(70 * COIN)
    expect(both.total).toBe(600 * COIN - sent.fee)
    const empty = await ask(`send --account 1 --to ${second.address} --amount 1`)
    expect(empty).toMatchObject({ code: 1, notes: expect.stringContaining('0.00000000 available') })
    expect(await run('wallet address --account 2')).toMatchObject({
      code: 1,
      notes: expect.stringContaining('has no account 2: its accounts are 0 to 1'),
    })
    expect((await run('wallet address --account first')).code).toBe(2)
  })
})

describe('cairn wallet', () => {
  it('gives a wallet another name', async () => {
    const { json, run } = await createUser()
    const { address } = await json('wallet create')
    await json('wallet create other')
    expect(await run('wallet rename default other')).toMatchObject({ code: 1 })
    expect(await json('wallet rename default savings')).toMatchObject({ name: 'savings' })
    expect((await json('wallet address savings')).address).toBe(address)
    expect(await run('wallet rename default x')).toMatchObject({
      code: 1,
      notes: expect.stringContaining('savings'),
    })
  })

  it('lists a wallet that cannot be read together with why', async () => {
    const { json, run } = await createUser()
    await json('wallet create')
    const { path } = await json('wallet create broken')
    await writeFile(path, '{"format":"cairn-wallet","version":1}')
    expect(await json('wallet list')).toMatchObject([
      { name: 'broken', problem: expect.stringContaining('version 1') },
      { name: 'default' },
    ])
    expect((await run('wallet list')).out).toContain('broken\tunreadable')
  })

  it('tells the public key of an address', async () => {
    const { json, run } = await createUser()
    await json('wallet create')
    const { publicKey } = await json('wallet address')
    expect(publicKey).toMatch(/^0[23][0-9a-f]{64}$/)
    expect((await run('wallet address --key')).out).toBe(publicKey)
  })
})

describe('cairn wallet rescan', () => {
  it('finds coins beyond the gap that balance looks over, once the limit is higher, and says how far it is', async () => {
    const { node, askJson, ask, json } = await createMinerUser()
    for (let i = 0; i < 30; i++) await json('wallet address --new')
    const { address } = await json('wallet address')
    await node.mine({ scriptPubKey: scriptOf(address, 'dcrn') })
    const { mnemonic } = await json('wallet export')
    await json('wallet import again --gap-limit 5', { secrets: [mnemonic, ''] })
    expect((await askJson('wallet balance again')).total).toBe(600 * COIN)
    expect(await askJson('wallet rescan again --gap-limit 40')).toMatchObject({
      accounts: 1,
      coins: 13,
      gapLimit: 40,
      total: 650 * COIN,
    })
    const { notes } = await ask('wallet rescan again')
    expect(notes).toMatch(/^rescanning account 0: \d+ of \d+ addresses, 100 %$/m)
    expect(
      JSON.parse(await readFile((await json('wallet import x', { secrets: [mnemonic, ''] })).path, 'utf8')),
    ).toMatchObject({
      gapLimit: 20,
    })
    expect((await ask('wallet rescan again --gap-limit 0')).code).toBe(2)
    expect(await json('wallet set again --gap-limit 30')).toMatchObject({ gapLimit: 30 })
    expect((await ask('wallet set again')).code).toBe(2)
  })
})
