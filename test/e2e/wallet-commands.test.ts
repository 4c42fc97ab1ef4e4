import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { cairn } from '../support/cli.ts'
import { testKey } from '../support/key.ts'
import { startNode } from '../support/node-process.ts'

vi.setConfig({ testTimeout: 60_000 })

const ALICE = addressOf(testKey('alice'))

/** What the commands of this test answer, each a part of it. */
interface Answer {
  readonly address: string
  readonly publicKey: string
  readonly key: string
  readonly script: string
  readonly psbt: string
  readonly txid: string
  readonly amount: number
  readonly fee: number
  readonly total: number
}

it('shares, locks, passes on, replaces and finds coins of a real node by commands', async () => {
  const node = await startNode()
  const where = ['--network', 'dev', '--data-dir', node.dataDirectory, '--json']
  const ask = async (line: string): Promise<Answer> => {
    const result = await cairn([...line.split(' '), ...where], { fetch, secrets: [''] })
    expect(result, line).toMatchObject({ code: 0 })
    return JSON.parse(result.out)
  }
  const mine = (blocks: number) => ask(`mine --blocks ${blocks} --address ${ALICE}`)
  const keyOf = async (wallet: string) => (await ask(`wallet address ${wallet}`)).publicKey
  const { address } = await ask('wallet create')
  await ask('wallet create other')
  await ask(`mine --blocks 2 --address ${address}`)
  await mine(10)

  // Two shared coins, one locked, one payment that is replaced before its block.
  const both = await ask(
    `multisig create --required 2 --key ${await keyOf('default')} --key ${await keyOf('other')}`,
  )
  const vault = await ask('vault create --blocks 1')
  const paid = await ask(`send --to ${both.address}=6 --to ${vault.address}=3`)
  const bumped = await ask(`wallet bump ${paid.txid} --fee-rate 7`)
  await expect(node.client.transaction(paid.txid)).rejects.toMatchObject({ code: 'transaction-unknown' })
  await mine(1)
  expect((await node.client.transaction(bumped.txid)).status).toBe('confirmed')

  const file = join(node.dataDirectory, 'shared.psbt')
  await ask(`multisig spend --script ${both.script} --to ${ALICE}=2 --out ${file}`)
  const signed = await ask(`psbt sign ${file} --from other`)
  const shared = await ask(`psbt send ${signed.psbt}`)
  const opened = await ask(`vault spend --script ${vault.script}`)
  expect(opened.amount).toBe(3 * COIN - opened.fee)

  // A wallet that only watches plans what the one with the keys signs.
  const { key } = await ask('wallet export --xpub')
  await ask(`wallet import till --xpub ${key}`)
  const planned = await ask(`psbt create --from till --to ${ALICE} --amount 1`)
  const third = await ask(`psbt send ${(await ask(`psbt sign ${planned.psbt}`)).psbt}`)
  await mine(1)
  for (const { txid } of [shared, opened, third])
    expect((await node.client.transaction(txid)).status).toBe('confirmed')
  const left = 100 * COIN - 9 * COIN - bumped.fee + opened.amount - COIN - third.fee
  expect(await ask('wallet balance till')).toMatchObject({ total: left })
  expect(await ask('wallet rescan default --gap-limit 50')).toMatchObject({ total: left, gapLimit: 50 })
  await ask(`wallet label ${bumped.txid} deposits`)
  const history = (await ask('wallet history')) as unknown as Record<string, unknown>[]
  const told = (txid: string) => history.find((row) => row.txid === txid)
  expect(told(bumped.txid)).toMatchObject({ status: 'confirmed', fee: bumped.fee, label: 'deposits' })
  expect(told(paid.txid)).toMatchObject({ status: 'replaced', by: bumped.txid })
  const swept = await ask(`send --to ${ALICE} --all --target 6`)
  await mine(1)
  expect(await ask('wallet balance')).toMatchObject({ total: 0 })
  expect(swept.amount).toBe(left - swept.fee)
})
