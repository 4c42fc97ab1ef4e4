import { expect, it, vi } from 'vitest'
import type { BlockView, Status, TransactionView } from '../../src/api/schemas.ts'
import { COIN } from '../../src/primitives/money.ts'
import { encodeAddress } from '../../src/script/address.ts'
import type { Balance } from '../../src/wallet/coins.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { testKey } from '../support/key.ts'
import { type Ended, type NodeProcess, runCairn, startNode } from '../support/node-process.ts'

// Dozens of processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

const MINER = addressOf(testKey('miner'))
const UNKNOWN = 'ab'.repeat(32)
/** BIP39's first vector. */
const WORDS = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about'

interface Paid {
  readonly address: string
}
interface Mined extends Paid {
  readonly blocks: readonly { readonly hash: string; readonly height: number }[]
}
interface Sent {
  readonly txid: string
  readonly fee: number
}

/** The lines `name<tab>value` that a command prints for programs. */
function factsOf({ code, stdout, stderr }: Ended): Record<string, string> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return factsIn(stdout)
}

function factsIn(stdout: string): Record<string, string> {
  const lines = stdout.trimEnd().split('\n')
  return Object.fromEntries(lines.map((line) => line.split('\t') as [string, string]))
}

function jsonOf<T>({ code, stdout }: Ended): T {
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

/** Runs a command as a person reads it, and as a program does. */
async function bothWays<T>(node: NodeProcess, args: readonly string[]) {
  const [plain, json] = await Promise.all([node.cairn(args), node.cairn([...args, '--json'])])
  return { facts: factsOf(plain), text: plain.stdout, json: jsonOf<T>(json) }
}

it('carries a new user from a wallet over mining and paying to the confirmed payment', async () => {
  const node = await startNode()
  const { cairn } = node

  const made = await cairn(['wallet', 'create'], { stdin: '\n' })
  expect(made.code).toBe(0)
  expect(made.stdout).toMatch(/^words\t(?:[a-z]+ ){11}[a-z]+$/m)
  expect(made.stderr).toContain('Write the words down')
  const address = await bothWays<Paid>(node, ['wallet', 'address'])
  expect(address.text).toBe(`${address.json.address}\n`)
  expect(made.stdout).toContain(`address\t${address.json.address}\n`)

  const mined = await cairn(['mine', '--blocks', '12'])
  expect(mined.code).toBe(0)
  expect(mined.stdout.trimEnd().split('\n')).toHaveLength(12)
  expect(mined.stdout).toMatch(/^(?:\d+\t[0-9a-f]{64}\n)+$/)
  const one = jsonOf<Mined>(await cairn(['mine', '--json']))
  expect(one).toMatchObject({ address: address.json.address, blocks: [{ height: 13 }] })

  const before = await bothWays<Balance>(node, ['wallet', 'balance'])
  expect(before.facts).toMatchObject({ spendable: '200.00000000', immature: '450.00000000' })
  expect(before.json).toMatchObject({ name: 'default', spendable: 200 * COIN, immature: 450 * COIN })

  const payment = ['send', '--from', 'default', '--to', MINER, '--amount', '1.5']
  const sent = factsOf(await cairn(payment))
  expect(sent).toMatchObject({ from: 'wallet default', to: MINER, amount: '1.50000000' })
  const second = jsonOf<Sent>(await cairn([...payment, '--json']))
  expect(second).toMatchObject({ wallet: 'default', to: MINER, amount: 1.5 * COIN })

  const pending = await bothWays<TransactionView>(node, ['tx', sent.txid!])
  expect(pending.facts).toMatchObject({ txid: sent.txid, status: 'pending', fee: sent.fee })
  expect(pending.json).toMatchObject({ txid: sent.txid, status: 'pending', block: null })
  const [block] = jsonOf<Mined>(await cairn(['mine', '--address', MINER, '--json'])).blocks
  const confirmed = await bothWays<TransactionView>(node, ['tx', second.txid])
  expect(confirmed.facts).toMatchObject({ status: 'confirmed (1)', block: `14 ${block!.hash}` })
  expect(confirmed.json.block).toMatchObject(block!)

  const byHash = await bothWays<BlockView>(node, ['block', block!.hash])
  expect(byHash.facts).toMatchObject({ hash: block!.hash, height: '14', transactions: '3' })
  expect(byHash.json.txids).toEqual(expect.arrayContaining([sent.txid, second.txid]))
  expect((await bothWays<BlockView>(node, ['block', '14'])).json).toEqual(byHash.json)

  const status = await bothWays<Status>(node, ['status'])
  expect(status.facts).toMatchObject({ height: '14', tip: block!.hash, sync: 'up to date' })
  expect(status.json).toMatchObject({ tip: block, peerId: node.started.peerId, mempool: { transactions: 0 } })
  const after = (await bothWays<Balance>(node, ['wallet', 'balance'])).json
  // Blocks 4 and 5 matured on the way; the miner has the fees.
  expect(after.total).toBe(650 * COIN - 3 * COIN - 2 * second.fee)
})

it('brings a wallet back from its words, and asks for its passphrase when it pays', async () => {
  const node = await startNode()
  const { cairn } = node
  const old = factsIn((await cairn(['wallet', 'import', 'old'], { stdin: `${WORDS}\nsesame\n` })).stdout)
  const again = jsonOf<Paid>(await cairn(['wallet', 'import', 'twin', '--json'], { stdin: `${WORDS}\n\n` }))
  expect(again.address).toBe(old.address)
  jsonOf(await cairn(['mine', '--blocks', '11', '--address', again.address, '--json']))
  for (const name of ['old', 'twin'])
    expect(jsonOf<Balance>(await cairn(['wallet', 'balance', name, '--json'])).spendable).toBe(100 * COIN)

  const payment = ['send', '--from', again.address, '--to', MINER, '--amount', '60', '--json']
  const wrong = await cairn(['send', '--from', 'old', ...payment.slice(3)], { stdin: 'open\n' })
  expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('passphrase is wrong') })
  const env = { CAIRN_WALLET_PASSPHRASE: 'sesame' }
  const sent = jsonOf<Sent>(await cairn(payment, { env }))
  expect(sent).toMatchObject({ amount: 60 * COIN })
  expect((await node.client.transaction(sent.txid)).inputs).toHaveLength(2)
})

it('shows the peers of a node', async () => {
  const first = await startNode()
  expect((await bothWays(first, ['peers'])).text).toBe('')
  const second = await startNode({ bootstrap: first.started.addresses })
  await eventually('they have greeted', async () =>
    (await first.client.peers()).peers.some(({ hello }) => hello !== null),
  )
  const [plain, json] = await Promise.all([first.cairn(['peers']), first.cairn(['peers', '--json'])])
  expect(plain.stdout.split('\t').slice(0, 3)).toEqual([second.started.peerId, 'in', '0'])
  expect(jsonOf(json)).toMatchObject([{ id: second.started.peerId, inbound: true, hello: { height: 0 } }])
})

it('says in one sentence why a command could not be done, and ends with the code that tells which kind', async () => {
  const node = await startNode()
  const { cairn, client } = node
  const { stdout } = await cairn(['wallet', 'create', '--json'], { stdin: '\n' })
  const { address } = JSON.parse(stdout)
  await client.generate(address, 12)
  const foreign = encodeAddress(testKey('miner').scriptPubKey, 'tcrn')!
  const to = ['--to', MINER]
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['tx', UNKNOWN], 1, `this node knows no transaction ${UNKNOWN}`],
    [['tx', 'abc'], 2, '"abc" is no transaction id'],
    [['block', UNKNOWN], 1, `this node knows no block ${UNKNOWN}`],
    [['block', '4000'], 1, 'this node knows no block 4000'],
    [['block', 'tip'], 2, '"tip" is neither a height nor a hash'],
    [['mine', '--blocks', '0'], 2, '--blocks is "0"'],
    [['mine', '--address', foreign], 2, "begins with tcrn1, but this network's begin with dcrn1"],
    [['send', '--to', foreign, '--amount', '1'], 2, "begins with tcrn1, but this network's begin with dcrn1"],
    [['send', ...to, '--amount', 'much'], 2, '--amount is "much"'],
    [['send', ...to, '--amount', '0.000001'], 1, 'dust'],
    [['send', ...to, '--amount', '151'], 1, 'coins needed with the fee, 150.00000000 available'],
    [['send', ...to, '--amount', '1', '--from', 'nobody'], 1, 'no wallet named nobody: there is default'],
    [['send', ...to, '--amount', '1', '--from', MINER], 1, `has the address ${MINER}`],
    [['wallet', 'create'], 1, 'there is a wallet named default already'],
    [['wallet', 'import', 'new'], 1, 'a mnemonic has 12, 15, 18, 21, 24 words, not 3'],
    [['wallet', 'balance', 'none'], 1, 'no wallet named none'],
    [['frobnicate'], 2, 'unknown command'],
  ]
  const results: Ended[] = []
  // A few at a time: there are processors to keep busy, and few.
  for (let i = 0; i < cases.length; i += 4)
    results.push(
      ...(await Promise.all(
        cases.slice(i, i + 4).map(([args]) => cairn(args, { stdin: 'one two three\n\n' })),
      )),
    )
  for (const [i, { code, stdout, stderr }] of results.entries()) {
    expect(stderr).toContain(cases[i]![2])
    expect({ args: cases[i]![0], code, stdout }).toEqual({
      args: cases[i]![0],
      code: cases[i]![1],
      stdout: '',
    })
    expect(stderr).not.toContain('    at ')
  }

  const other = await runCairn(['wallet', 'balance', '--network', 'test', '--api', node.started.api])
  expect(other).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('one of the network dev, not of test'),
  })

  await node.stop()
  const ALONE = [['status'], ['peers'], ['block', '1'], ['tx', UNKNOWN], ['mine'], ['wallet', 'balance']]
  for (const { code, stderr } of await Promise.all(
    [...ALONE, ['send', ...to, '--amount', '1']].map((args) => cairn(args)),
  )) {
    expect(stderr).toContain(`no node runs on ${node.dataDirectory}`)
    expect(code).toBe(3)
  }
  expect((await cairn(['wallet', 'address'])).stdout).toBe(`${address}\n`)
})
