import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { testKey } from '../support/key.ts'
import { createMinerUser, createUser } from './wallet-user.ts'

const ALICE = addressOf(testKey('alice'))
const STRANGER = toHex(testKey('stranger').publicKey)

describe('cairn multisig', () => {
  it('pays with the signatures of two of three wallets, which pass a PSBT on', async () => {
    const { askJson, json, run, confirm, node, dataDir } = await createMinerUser()
    const keys: string[] = []
    for (const name of ['one', 'two', 'three']) {
      await json(`wallet create ${name}`)
      keys.push((await json(`wallet address ${name}`)).publicKey)
    }
    const create = (order: readonly string[]) =>
      json(`multisig create --required 2 ${order.map((key) => `--key ${key}`).join(' ')}`)
    const { address, script, descriptor } = await create(keys)
    expect(await create(keys.toReversed())).toMatchObject({ address, script, descriptor })
    expect(descriptor).toContain('wsh(multi(2,')

    await askJson(`send --to ${address} --amount 5`)
    await confirm()
    expect(await askJson(`multisig show --script ${script}`)).toMatchObject({ confirmed: 5 * COIN })
    const file = join(dataDir, 'pay.psbt')
    const spend = `multisig spend --script ${script} --to ${ALICE}=2 --from one --out ${file}`
    expect(await askJson(spend)).toMatchObject({ signatures: 1, required: 2, file })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await run(`psbt finalize ${file}`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('missing'),
    })
    const second = await json(`psbt sign ${file} --from three`)
    const shown = await run(`psbt show ${second.psbt}`)
    expect(shown.out).toContain(`2.00000000 to ${ALICE}`)
    expect(shown.out).toContain('signatures\t2')
    const { txid, fee } = await askJson(`psbt send ${second.psbt}`)
    expect(fee).toBeGreaterThanOrEqual(node.mempool.get(txid)!.virtualSize)
    await confirm()
    expect(await askJson(`multisig show --script ${script}`)).toMatchObject({ confirmed: 3 * COIN - fee })
    const rest = await askJson(`multisig spend --script ${script} --to ${ALICE} --all --from two`)
    const all = await json(
      `psbt combine ${rest.psbt} ${(await json(`psbt sign ${rest.psbt} --from one`)).psbt}`,
    )
    await askJson(`psbt send ${all.psbt}`)
  })

  it('takes the accounts of others by their public keys', async () => {
    const { json } = await createUser()
    await json('wallet create')
    const { key } = await json('wallet export --xpub')
    const { publicKey } = await json('wallet address')
    const byAccount = await json(`multisig create --required 1 --key ${key} --key ${STRANGER} --index 0`)
    const byKey = await json(`multisig create --required 1 --key ${STRANGER} --key ${publicKey}`)
    expect(byAccount.address).toBe(byKey.address)
  })

  it('refuses what is no contract, and keys that are none or too few', async () => {
    const { run } = await createUser()
    for (const line of [
      'multisig create --required 2 --key nonsense --key nonsense',
      `multisig create --required 2 --key ${STRANGER}`,
      `multisig create --required 0 --key ${STRANGER}`,
      `multisig spend --script 51 --to ${ALICE} --all`,
      `multisig create --key ${STRANGER}`,
    ])
      expect([line, (await run(line)).code]).toEqual([line, 2])
    expect((await run(`multisig create --required 1 --key ${STRANGER} --key ${STRANGER}`)).code).toBe(1)
  })
})

describe('cairn vault', () => {
  it('keeps what is paid in until its height, from its owner, too', async () => {
    const { askJson, ask, confirm, json } = await createMinerUser()
    const { address, script, descriptor } = await json('vault create --height 15')
    expect(descriptor).toMatch(/^wsh\(and_v\(v:after\(15\),pk\(0[23]/)
    expect(await ask(`vault spend --script ${script}`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('nothing lies on the contract'),
    })
    await askJson(`send --to ${address} --amount 5`)
    expect((await ask(`vault spend --script ${script}`)).notes).toContain('not in a block yet')
    await confirm()
    expect(await ask(`vault spend --script ${script}`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('from block 16 on, and the last block is 13'),
    })
    await ask('mine --blocks 2')
    const spent = await askJson(`vault spend --script ${script} --fee-rate 3`)
    expect(spent.amount + spent.fee).toBe(5 * COIN)
    expect((await ask(`vault spend --script ${script}`)).notes).toContain(spent.txid)
  })

  it('is for the wallet that has its key, and takes one lock', async () => {
    const { ask, json, run } = await createMinerUser()
    const { script } = await json(`vault create --blocks 5 --key ${STRANGER}`)
    expect(await ask(`vault spend --script ${script}`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining(`does not have the key ${STRANGER}`),
    })
    for (const line of ['vault create', 'vault create --blocks 5 --height 9', 'vault create --blocks 70000'])
      expect([line, (await run(line)).code]).toEqual([line, 2])
    expect(await json('vault create --seconds 600')).toMatchObject({
      lock: { kind: 'seconds', value: 1024 },
    })
  })
})

describe('cairn htlc', () => {
  it('takes a preimage by file, variable and prompt, and gives it away in no message', async () => {
    const { askJson, ask, json, run, confirm, dataDir } = await createMinerUser()
    const { publicKey } = await json('wallet address')
    const out = join(dataDir, 'preimage')
    const { script, hash } = await json(
      `htlc create --recipient ${publicKey} --height 400 --preimage-out ${out}`,
    )
    const preimage = (await readFile(out, 'utf8')).trim()
    expect(toHex(sha256(fromHex(preimage)!))).toBe(hash)
    expect((await stat(out)).mode & 0o777).toBe(0o600)
    expect((await run(`htlc create --recipient ${publicKey} --height 400 --preimage-out ${out}`)).code).toBe(
      1,
    )

    const given = { environment: { CAIRN_PREIMAGE_FILE: out } }
    expect(await json(`htlc create --recipient ${publicKey} --height 400`, given)).toMatchObject({ hash })
    await askJson(`htlc fund --script ${script} --amount 3`)
    await confirm()
    expect((await ask(`htlc preimage --script ${script}`)).code).toBe(1)
    const wrong = '12'.repeat(32)
    const refusals = [
      await ask(`htlc claim --script ${script}`, { secrets: [wrong] }),
      await ask(`htlc claim --script ${script}`, { secrets: [`${preimage}00`] }),
    ]
    expect(refusals.map(({ code }) => code)).toEqual([1, 2])
    for (const { notes } of refusals) expect(notes).not.toMatch(new RegExp(`${wrong}|${preimage}`))
    const { txid } = await askJson(`htlc claim --script ${script} --preimage-file ${out}`)
    expect(await askJson(`htlc preimage --script ${script}`)).toMatchObject({ preimage, txid })
    expect(await askJson(`htlc preimage --script ${script} --txid ${txid}`)).toMatchObject({ preimage })
  })

  it('shows a new preimage once where no file is named for it', async () => {
    const { json, run } = await createUser()
    await json('wallet create')
    const { preimage, hash } = await json(`htlc create --recipient ${STRANGER} --time 1800000000`)
    expect(toHex(sha256(fromHex(preimage)!))).toBe(hash)
    expect((await run(`htlc create --recipient ${STRANGER} --time 1800000000 --hash ab`)).code).toBe(2)
  })
})

describe('cairn psbt', () => {
  it('carries a payment from a wallet that watches to the one that has the keys', async () => {
    const { askJson, json, run, node } = await createMinerUser()
    const { key } = await json('wallet export --xpub')
    await json(`wallet import till --xpub ${key}`)
    const { psbt, fee } = await askJson(`psbt create --from till --to ${ALICE} --amount 60`)
    expect(await json(`psbt show ${psbt}`)).toMatchObject({
      fee,
      outputs: expect.arrayContaining([expect.objectContaining({ address: ALICE, value: 60 * COIN })]),
    })
    expect(await run(`psbt sign ${psbt} --from till`)).toMatchObject({ code: 1 })
    const signing = await run(`psbt sign ${psbt} --json`)
    expect(signing.notes).toContain(`60.00000000 to ${ALICE}`)
    const signed = JSON.parse(signing.out)
    const { hex } = await json(`psbt finalize ${signed.psbt}`)
    const { txid } = await askJson(`psbt send ${signed.psbt}`)
    expect(toHex(node.mempool.get(txid)!.transaction.bytes)).toBe(hex)
    expect(await run(`psbt sign ${signed.psbt}`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('no key'),
    })
  })

  it('says what is wrong with what it is given', async () => {
    const { run, dataDir } = await createUser()
    expect((await run('psbt show /nowhere/x.psbt')).code).toBe(2)
    expect((await run('psbt show cHNidP8x')).code).toBe(1)
    expect((await run(`psbt show ${dataDir}`)).code).toBe(1)
    expect((await run('psbt combine cHNidP8x')).code).toBe(2)
  })
})
