import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { testKey } from '../support/key.ts'
import { createMinerUser } from './wallet-user.ts'

const [ALICE, BOB] = [addressOf(testKey('alice')), addressOf(testKey('bob'))]

describe('cairn send', () => {
  it('pays many at once, from arguments and from a file', async () => {
    const { askJson, node, dataDir } = await createMinerUser()
    const file = join(dataDir, 'wages')
    await writeFile(file, `# March\n${ALICE} 1.5\n\n${BOB}, 2\n`)
    const sent = await askJson(`send --to ${ALICE}=3 --to-file ${file}`)
    expect(sent).toMatchObject({
      amount: 6.5 * COIN,
      recipients: [
        { address: ALICE, value: 3 * COIN },
        { address: ALICE, value: 1.5 * COIN },
        { address: BOB, value: 2 * COIN },
      ],
    })
    expect(node.mempool.get(sent.txid)!.transaction.outputs).toHaveLength(4)
  })

  it('says with --dry-run what would be paid, asks for no passphrase, and changes nothing', async () => {
    const { askJson, ask, node, json } = await createMinerUser()
    const { address } = await json('wallet create locked', { secrets: ['secret'] })
    await ask(`mine --blocks 11 --address ${address}`)
    const would = await askJson(`send --from locked --to ${ALICE} --amount 1 --dry-run`, { secrets: [] })
    expect(would).toMatchObject({ txid: null, amount: COIN, fee: 141, change: 49 * COIN - 141, inputs: 1 })
    expect(node.mempool.size).toBe(0)
    const sent = await askJson(`send --from locked --to ${ALICE} --amount 1`, { secrets: ['secret'] })
    expect(sent).toMatchObject({ fee: would.fee, change: would.change })
  })

  it('sends everything that there is', async () => {
    const { askJson, node } = await createMinerUser()
    const sent = await askJson(`send --to ${ALICE} --all`)
    expect(sent).toMatchObject({ inputs: 3, change: 0, amount: 150 * COIN - sent.fee })
    const { outputs } = node.mempool.get(sent.txid)!.transaction
    expect(outputs).toEqual([{ value: sent.amount, scriptPubKey: testKey('alice').scriptPubKey }])
  })

  it('takes the least that the node takes for a target that it has no estimate of, and says so', async () => {
    const { ask } = await createMinerUser()
    const result = await ask(`send --to ${ALICE} --amount 1 --target 6`)
    expect(result).toMatchObject({ code: 0, notes: expect.stringContaining('no estimate') })
  })

  it('refuses what it cannot mean as a usage error', async () => {
    const { ask } = await createMinerUser()
    for (const line of [
      'send',
      `send --to ${ALICE}=1 --amount 1`,
      `send --to ${ALICE} --to ${BOB} --amount 1`,
      `send --to ${ALICE} --all --amount 1`,
      `send --to ${ALICE}=1=2`,
      `send --to ${ALICE}=much`,
      `send --to ${ALICE} --amount 1 --target 0`,
      `send --to ${ALICE} --amount 1 --target 145`,
      `send --to ${ALICE} --amount 1 --target 6 --fee-rate 2`,
      `send --to ${ALICE} --amount 1 --account x`,
    ])
      expect([line, (await ask(line)).code]).toEqual([line, 2])
  })
})

describe('cairn wallet bump', () => {
  it('puts a payment with a higher fee in the place of a pending one', async () => {
    const { askJson, node } = await createMinerUser()
    const first = await askJson(`send --to ${ALICE} --amount 1`)
    const second = await askJson(`wallet bump ${first.txid} --fee-rate 5`)
    expect(second).toMatchObject({ to: ALICE, amount: COIN, change: first.change + first.fee - second.fee })
    expect(second.fee).toBeGreaterThanOrEqual(5 * 140)
    expect(node.mempool.entries().map(({ transaction }) => transaction.txid)).toEqual([second.txid])
  })

  it('refuses what is in a block, is not ours, or is built upon, and a fee that is too low', async () => {
    const { askJson, ask, json, confirm } = await createMinerUser()
    await json('wallet create other')
    const first = await askJson(`send --to ${ALICE} --amount 120`)
    const refusals = [
      [`wallet bump ${first.txid} --fee-rate 5 --from other`, 'no coin of this wallet'],
      [`wallet bump ${first.txid} --fee-rate 1.2`, 'at least'],
    ] as const
    for (const [line, text] of refusals)
      expect(await ask(line)).toMatchObject({ code: 1, notes: expect.stringContaining(text) })
    expect((await ask(`wallet bump ${first.txid}`)).code).toBe(2)
    expect((await ask('wallet bump abc --fee-rate 5')).code).toBe(2)
    // from the change of the first
    const second = await askJson(`send --to ${ALICE} --amount 1`)
    expect(await ask(`wallet bump ${first.txid} --fee-rate 5`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining(second.txid),
    })
    await confirm()
    expect(await ask(`wallet bump ${first.txid} --fee-rate 5`)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('in a block'),
    })
  })
})
