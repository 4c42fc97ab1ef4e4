import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { cairn } from '../support/cli.ts'
import { testKey } from '../support/key.ts'
import { createMinerUser, createUser } from './wallet-user.ts'

const ALICE = addressOf(testKey('alice'))
const API = ['--api', 'http://127.0.0.1:29472']

describe('cairn wallet', () => {
  it('shows the words once, and again for the passphrase only', async () => {
    const { json, run } = await createUser()
    const made = await json('wallet create', { secrets: ['correct horse'] })
    expect(String(made.mnemonic).split(' ')).toHaveLength(12)
    expect((await stat(made.path)).mode & 0o777).toBe(0o600)
    expect(await readFile(made.path, 'utf8')).not.toContain(String(made.mnemonic).split(' ')[0]!)

    expect(await run('wallet export', { secrets: ['correct horse'] })).toEqual({
      code: 0,
      out: made.mnemonic,
      notes: '',
    })
    expect(await run('wallet backup', { secrets: ['wrong'] })).toMatchObject({
      code: 1,
      out: '',
      notes: 'cairn: the passphrase is wrong, or the wallet file was changed',
    })
  })

  it('takes the passphrase from a file, a variable, or a file that a variable names, in this order', async () => {
    const files: Record<string, string> = { '/one': 'first\nsecond line', '/two': 'third\r\n' }
    const machine = { readTextFile: async (path: string) => files[path]! }
    const { json, run } = await createUser()
    await json('wallet create', { secrets: ['first'] })
    const all = { CAIRN_WALLET_PASSPHRASE: 'second', CAIRN_WALLET_PASSPHRASE_FILE: '/two' }
    expect(await run('wallet export --passphrase-file /one', { machine, environment: all })).toMatchObject({
      code: 0,
    })
    expect(await run('wallet export', { machine, environment: all })).toMatchObject({ code: 1 })
    expect(await run('wallet export', { environment: { CAIRN_WALLET_PASSPHRASE: 'first' } })).toMatchObject({
      code: 0,
    })
    const named = { CAIRN_WALLET_PASSPHRASE_FILE: '/one' }
    expect(await run('wallet export', { machine, environment: named })).toMatchObject({ code: 0 })
  })

  it('asks a person twice for a new passphrase, and keeps nothing where the answers differ', async () => {
    const { json, run } = await createUser()
    expect(await run('wallet create', { interactive: true, secrets: ['one', 'two'] })).toMatchObject({
      code: 2,
    })
    expect(await json('wallet list')).toEqual([])
    expect(await run('wallet create', { interactive: true, secrets: ['one', 'one'] })).toMatchObject({
      code: 0,
    })
  })

  it('warns of a wallet without a passphrase, and asks for none to open it', async () => {
    const { run } = await createUser()
    expect((await run('wallet create')).notes).toContain('It has no passphrase')
    expect(await run('wallet export', { secrets: ['never asked for'] })).toMatchObject({ code: 0 })
  })

  it('brings a wallet back from its words, with the same addresses', async () => {
    const { json, run } = await createUser()
    const made = await json('wallet create savings --words 24')
    const restored = await json('wallet import again', {
      secrets: [`  ${made.mnemonic}  `, 'new passphrase'],
    })
    expect(restored.address).toBe(made.address)
    expect(await run('wallet import wrong', { secrets: ['some words that are none'] })).toMatchObject({
      code: 1,
    })
    expect(
      JSON.parse((await run('wallet list --json')).out).map(({ name }: { name: string }) => name),
    ).toEqual(['again', 'savings'])
  })

  it('overwrites no wallet, and says so before it asks for anything', async () => {
    const { run } = await createUser()
    await run('wallet create')
    for (const command of ['create', 'import'])
      expect(await run(`wallet ${command}`)).toMatchObject({
        code: 1,
        notes: expect.stringContaining('there is a wallet named default already'),
      })
  })

  it('shows the same address until a new one is asked for', async () => {
    const { json, run } = await createUser()
    const { address } = await json('wallet create')
    expect(await run('wallet address')).toEqual({ code: 0, out: address, notes: '' })
    const second = await json('wallet address --new')
    expect(second.address).not.toBe(address)
    expect(await json('wallet address')).toEqual(second)
  })

  it('warns where a restored wallet would not find an address', async () => {
    const { run } = await createUser()
    await run('wallet create')
    let result = { notes: '' }
    for (let i = 0; i < 20; i++) {
      expect(result.notes).toBe('')
      result = await run('wallet address --new')
    }
    expect(result.notes).toContain('would not look this far')
  })

  it('names the wallets that there are', async () => {
    const { run } = await createUser()
    await run('wallet create savings')
    expect(await run('wallet address')).toMatchObject({ code: 1, notes: expect.stringContaining('savings') })
  })
})

describe('cairn wallet balance', () => {
  it('tells mature coins from those that are not yet', async () => {
    const { ask, askJson } = await createMinerUser()
    const reward = 50 * COIN
    expect(await askJson('wallet balance')).toEqual({
      name: 'default',
      confirmed: 3 * reward,
      spendable: 3 * reward,
      immature: 9 * reward,
      pending: 0,
      total: 12 * reward,
    })
    expect((await ask('wallet balance')).out).toContain('spendable\t150.00000000')
  })

  it('is refused by a node of another network', async () => {
    const { node } = await createMinerUser()
    const other = await createUser()
    const result = await cairn(
      ['wallet', 'balance', '--network', 'test', '--data-dir', other.dataDir, ...API],
      { node },
    )
    expect(result).toMatchObject({
      code: 1,
      notes: expect.stringContaining('of the network dev, not of test'),
    })
  })
})

describe('cairn send', () => {
  it('pays, and the coins arrive with the next block', async () => {
    const { ask, askJson, node, run, json } = await createMinerUser()
    const bob = await json('wallet create bob')
    const sent = await askJson(`send --to ${bob.address} --amount 60.5`)
    expect(sent).toMatchObject({ amount: 60.5 * COIN, wallet: 'default', to: bob.address })
    expect(await askJson('wallet balance bob')).toMatchObject({ pending: 60.5 * COIN, confirmed: 0 })
    expect((await ask(`tx ${sent.txid}`)).out).toContain('status\tpending')

    const entry = node.mempool.entries()[0]!
    await node.mine({ transactions: [entry.transaction], fees: entry.fee })
    expect(await askJson('wallet balance bob')).toMatchObject({ pending: 0, confirmed: 60.5 * COIN })
    expect((await ask(`tx ${sent.txid}`)).out).toContain('status\tconfirmed (1)')
    expect((await run('wallet list')).out).toContain('bob')
  })

  it('spends its own change before it is confirmed, and no coin twice', async () => {
    const { askJson, node } = await createMinerUser()
    for (let i = 0; i < 6; i++) await askJson(`send --to ${ALICE} --amount 20`)
    expect(node.mempool.size).toBe(6)
  })

  it('takes the coins of one address where it is told an address', async () => {
    const { askJson, ask, address, node } = await createMinerUser()
    const sent = await askJson(`send --from ${address} --to ${ALICE} --amount 1`)
    expect(node.mempool.get(sent.txid)).toBeDefined()
    expect(await ask(`send --from ${ALICE} --to ${address} --amount 1`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('no wallet in'),
    })
  })

  it('pays the fee rate that it is told', async () => {
    const { askJson, node } = await createMinerUser()
    const { txid, fee } = await askJson(`send --to ${ALICE} --amount 1 --fee-rate 7.5`)
    expect(fee).toBeGreaterThanOrEqual(7.5 * node.mempool.get(txid)!.virtualSize)
  })

  it('says what is missing where the coins do not suffice', async () => {
    const { ask } = await createMinerUser()
    expect(await ask(`send --to ${ALICE} --amount 151`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('needed'),
    })
  })

  it('asks for the passphrase of the wallet, and sends nothing without', async () => {
    const { ask, node, json } = await createMinerUser()
    const { address } = await json('wallet create locked', { secrets: ['secret'] })
    await ask(`mine --blocks 11 --address ${address}`)
    expect(await ask(`send --from locked --to ${ALICE} --amount 1`, { secrets: ['guess'] })).toMatchObject({
      code: 1,
    })
    expect(node.mempool.size).toBe(0)
    expect(await ask(`send --from locked --to ${ALICE} --amount 1`, { secrets: ['secret'] })).toMatchObject({
      code: 0,
    })
  })

  it('refuses what it cannot mean as a usage error', async () => {
    const { ask } = await createMinerUser()
    for (const line of [
      `send --to ${ALICE} --amount 0`,
      `send --to ${ALICE} --amount -1`,
      `send --to ${ALICE} --amount 1,5`,
      `send --to ${ALICE} --amount 0.000000001`,
      `send --to ${ALICE} --amount 1e3`,
      `send --to ${ALICE} --amount 1 --fee-rate fast`,
      'send --to bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 --amount 1',
      `send --to ${ALICE}`,
    ])
      expect([line, (await ask(line)).code]).toEqual([line, 2])
  })
})

it('keeps wallets in the data directory alone', async () => {
  const { dataDir, json } = await createUser()
  const { path } = await json('wallet create')
  expect(path).toBe(join(dataDir, 'wallets', 'default.json'))
})
