import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../src/base/bytes.ts'
import type { HistoryEntry } from '../../src/cli/wallet-history.ts'
import { COIN } from '../../src/primitives/money.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { addressOf } from '../support/api-node.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { testKey } from '../support/key.ts'
import { createMinerUser } from './wallet-user.ts'

const [ALICE, BOB] = [addressOf(testKey('alice')), addressOf(testKey('bob'))]

type Row = HistoryEntry & { readonly label: string | null }
type MinerUser = Awaited<ReturnType<typeof createMinerUser>>

const historyOf = async ({ askJson }: MinerUser, more = ''): Promise<Row[]> =>
  (await askJson(`wallet history${more}`)) as unknown as Row[]

const rowOf = async (user: MinerUser, txid: string): Promise<Row | undefined> =>
  (await historyOf(user)).find((row) => row.txid === txid)

/** A payment of the wallet to Bob that the node does not know: it spends the coins of the wallet's next payment. */
async function rivalPayment({ askJson, json }: MinerUser): Promise<Transaction> {
  const { psbt } = await askJson(`psbt create --to ${BOB}=1 --fee-rate 3`)
  const signed = await json(`psbt sign ${psbt}`)
  const { hex } = await json(`psbt finalize ${signed.psbt}`)
  const decoded = decodeTransaction(fromHex(hex)!)
  return decoded.ok ? decoded.value : expect.fail(decoded.error.code)
}

describe('cairn wallet history', () => {
  it('tells what came in and went out, the fee, and how often it is confirmed', async () => {
    const user = await createMinerUser()
    const { txid, fee } = await user.askJson(`send --to ${ALICE} --amount 1 --fee-rate 2`)
    const [pending, ...mined] = await historyOf(user)
    expect(pending).toMatchObject({ txid, status: 'pending', net: -COIN - fee, fee, height: null })
    expect(mined.map(({ net, status, height }) => [net, status, height])).toEqual(
      Array.from({ length: 12 }, (_, i) => [50 * COIN, 'confirmed', 12 - i]),
    )
    await user.confirm()
    await user.node.mine()
    expect(await rowOf(user, txid)).toMatchObject({
      status: 'confirmed',
      net: -COIN - fee,
      fee,
      height: 13,
      confirmations: 2,
    })
    expect(await historyOf(user, ' --limit 1')).toHaveLength(1)
    const { out } = await user.ask('wallet history --limit 1')
    expect(out).toMatch(new RegExp(`^\\S+\t-1\\.0\\d+\t0\\.0\\d+\t2 confirmations\t${txid}\t-$`))
  })

  it('is the same over more addresses than one question holds', async () => {
    const user = await createMinerUser()
    await user.askJson(`send --to ${ALICE} --amount 1`)
    const before = await historyOf(user)
    await user.run('wallet set --gap-limit 600')
    expect(await historyOf(user)).toEqual(before)
  })

  it('says of a payment that was bumped which one is in its place', async () => {
    const user = await createMinerUser()
    const first = await user.askJson(`send --to ${ALICE} --amount 1`)
    const second = await user.askJson(`wallet bump ${first.txid} --fee-rate 5`)
    const expected = { status: 'replaced', by: second.txid, net: -COIN - first.fee, confirmations: 0 }
    expect(await rowOf(user, first.txid)).toMatchObject(expected)
    await user.confirm()
    expect(await rowOf(user, first.txid)).toMatchObject(expected)
    expect(await rowOf(user, second.txid)).toMatchObject({ status: 'confirmed', fee: second.fee })
    expect((await user.ask('wallet history')).out).toContain(`replaced by ${second.txid}`)
  })

  it('says of a payment that a double spend has beaten that it is in conflict', async () => {
    const user = await createMinerUser()
    const rival = await rivalPayment(user)
    const { txid } = await user.askJson(`send --to ${ALICE} --amount 1`)
    await user.node.mine({ transactions: [rival], fees: 0 })
    expect(user.node.mempool.size).toBe(0)
    expect(await rowOf(user, txid)).toMatchObject({ status: 'conflicted', by: null, confirmations: 0 })
    expect(await rowOf(user, rival.txid)).toMatchObject({ status: 'confirmed' })
  })

  it('follows a payment through reorganisations', async () => {
    const user = await createMinerUser()
    const { chain } = user.node
    const rival = await rivalPayment(user)
    const { txid } = await user.askJson(`send --to ${ALICE} --amount 1`)
    const fork = chain.tip()
    await user.confirm()
    const confirmedAt = chain.tip()
    expect(await rowOf(user, txid)).toMatchObject({ status: 'confirmed', confirmations: 1 })

    const without = buildBranch(fork, emptyPlans(2, 'without'))
    for (const block of without) await chain.acceptBlock(block)
    expect(await rowOf(user, txid)).toMatchObject({ status: 'pending', height: null })

    const against = buildBranch(fork, [
      { transactions: [rival], tag: 'against' },
      ...emptyPlans(2, 'against'),
    ])
    for (const block of against) await chain.acceptBlock(block)
    expect(await rowOf(user, txid)).toMatchObject({ status: 'conflicted' })

    for (const block of buildBranch(confirmedAt, emptyPlans(3, 'back'))) await chain.acceptBlock(block)
    expect(await rowOf(user, txid)).toMatchObject({ status: 'confirmed', confirmations: 4 })
  })
})

describe('notes that cannot be read', () => {
  it('stop no payment, which would be made twice', async () => {
    const user = await createMinerUser()
    await writeFile(join(user.dataDir, 'wallets', 'default.notes'), 'nonsense')
    const sent = await user.ask(`send --to ${ALICE} --amount 1`)
    expect(sent).toMatchObject({ code: 0, notes: expect.stringContaining('history will not know') })
    expect(user.node.mempool.size).toBe(1)
    expect(await user.ask('wallet history')).toMatchObject({ code: 1 })
  })
})

describe('cairn wallet label', () => {
  it('names payments and addresses, in the history and in a list, for their owner alone', async () => {
    const user = await createMinerUser()
    const { txid } = await user.askJson(`send --to ${ALICE} --amount 1`)
    await user.json(`wallet label ${ALICE} shop`)
    await user.json(`wallet label ${user.address} till`)
    const rows = await historyOf(user)
    expect(rows[0]).toMatchObject({ txid, label: 'shop, till' })
    expect(rows[1]).toMatchObject({ label: 'till' })
    await user.json(`wallet label ${txid} rent`)
    expect(await rowOf(user, txid)).toMatchObject({ label: 'rent' })
    expect(await user.json('wallet label')).toEqual([
      { of: ALICE, label: 'shop' },
      { of: user.address, label: 'till' },
      { of: txid, label: 'rent' },
    ])
    const { mode } = await stat(join(user.dataDir, 'wallets', 'default.notes'))
    expect(mode & 0o777).toBe(0o600)
    await user.json(`wallet label ${txid}`)
    expect(await rowOf(user, txid)).toMatchObject({ label: 'shop, till' })
    await user.run('wallet rename default old')
    expect(await user.json('wallet label --from old')).toHaveLength(2)
    expect(await user.json('wallet list')).toHaveLength(1)
  })

  it('refuses what is neither a payment nor an address of the network', async () => {
    const user = await createMinerUser()
    for (const target of ['abc', 'crn1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqfy36ff', 'f'.repeat(63)])
      expect(await user.run(`wallet label ${target} x`)).toMatchObject({ code: 2 })
    expect(await user.run(`wallet label ${ALICE} ${'x'.repeat(201)}`)).toMatchObject({ code: 1 })
  })
})
