import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import { parseHashId, type Txid } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

const FUNDS = testKey('funds')
const ALICE = testKey('alice')
const BOB = testKey('bob')
const CAROL = testKey('carol')
const MINER = testKey('miner')
const SUBSIDY = 50 * COIN
const FEE = COIN / 1_000

type Key = typeof FUNDS

const transactionTo = (input: TestInput, key: Key) =>
  pay([input], [{ value: SUBSIDY - FEE, scriptPubKey: key.scriptPubKey }])

const mempoolOf = async ({ client }: NodeProcess): Promise<string[]> =>
  (await client.mempool(100)).entries.map(({ txid }) => txid).sort()

/** Sum of the confirmed coins of a key, base units. */
async function balanceOf({ client }: NodeProcess, key: Key): Promise<number> {
  const { coins } = await client.coins([addressOf(key)])
  return coins.reduce((sum, { status, value }) => (status === 'confirmed' ? sum + value : sum), 0)
}

const mine = async ({ client }: NodeProcess, count: number) =>
  (await client.generate(addressOf(MINER), count)).blocks

/** Two nodes that never met, with the same chain of 13 blocks, and the mature coins that it pays to `FUNDS`. */
async function twoOfOneHistory() {
  const folder = await temporaryDirectory()
  const first = join(folder, 'first')
  const maker = await startNode({ dataDirectory: first })
  const { blocks } = await maker.client.generate(addressOf(FUNDS), 3)
  await mine(maker, 10)
  const coins: TestInput[] = []
  for (const { hash } of blocks) {
    const { txids } = await maker.client.block(hash)
    coins.push({
      outPoint: { txid: parseHashId<Txid>(txids![0]!)!, vout: 0 },
      coin: { value: SUBSIDY },
      key: FUNDS,
    })
  }
  await maker.stop()
  const second = join(folder, 'second')
  await cp(join(first, 'chain'), join(second, 'chain'), { recursive: true })
  const [a, b] = await Promise.all([
    startNode({ dataDirectory: first }),
    startNode({ dataDirectory: second }),
  ])
  return { a, b, coins: coins as [TestInput, TestInput, TestInput] }
}

it('moves from a branch of 2 blocks to one of 3 that pays others: balances, mempool and coins end right', async () => {
  const { a, b, coins } = await twoOfOneHistory()
  expect(a.started.tip).toBe(b.started.tip)
  const [disputed, free, waiting] = coins

  // On a: the first coin goes to Alice, the second to Carol; the third is to go to Alice, too.
  const toAlice = transactionTo(disputed, ALICE)
  const toCarol = transactionTo(free, CAROL)
  for (const { bytes } of [toAlice, toCarol]) await a.client.submit(toHex(bytes))
  await mine(a, 2)
  const alsoToAlice = transactionTo(waiting, ALICE)
  await a.client.submit(toHex(alsoToAlice.bytes))
  expect(await mempoolOf(a)).toEqual([alsoToAlice.txid])
  expect(await balanceOf(a, ALICE)).toBe(SUBSIDY - FEE)
  expect(await balanceOf(a, CAROL)).toBe(SUBSIDY - FEE)

  // On b, in three blocks: the first and the third coin go to Bob.
  const toBob = [transactionTo(disputed, BOB), transactionTo(waiting, BOB)]
  for (const { bytes } of toBob) await b.client.submit(toHex(bytes))
  const longer = await mine(b, 3)
  const tip = longer.at(-1)!
  expect(tip.height).toBe(16)
  await b.stop()

  const connected = await startNode({ dataDirectory: b.dataDirectory, bootstrap: a.started.addresses })
  expect(connected.started).toMatchObject({ height: tip.height, tip: tip.hash })
  await eventually('the shorter branch is left', async () => (await a.client.status()).tip.hash === tip.hash)
  expect(a.log.filter(({ msg }) => msg === 'chain reorganised')).toMatchObject([
    { to: tip.hash, height: 16, disconnected: 2, connected: 3 },
  ])

  for (const node of [a, connected]) {
    expect(await balanceOf(node, ALICE)).toBe(0)
    expect(await balanceOf(node, BOB)).toBe(2 * (SUBSIDY - FEE))
    // Where it lies in the mempool it spends what is confirmed as the fund's own.
    expect(await balanceOf(node, CAROL)).toBe(0)
  }
  // The payment that hurts nobody has returned; those that conflict with the branch are gone.
  expect(await mempoolOf(a)).toEqual([toCarol.txid])
  expect((await a.client.transaction(toCarol.txid)).status).toBe('pending')
  for (const { txid } of [toAlice, alsoToAlice])
    await expect(a.client.transaction(txid)).rejects.toMatchObject({ code: 'transaction-unknown' })
  await expect(a.client.submit(toHex(toAlice.bytes))).rejects.toMatchObject({ details: { status: 422 } })
  const supplies = await Promise.all([a.client.supply(), connected.client.supply()])
  expect(supplies[0]).toMatchObject({ tip: { hash: tip.hash }, total: 16 * SUBSIDY })
  expect(supplies[1]).toEqual(supplies[0])

  // It is mined in the end, once, and both agree on that.
  const [last] = await mine(a, 1)
  await eventually('both have it', async () => (await connected.client.status()).tip.hash === last!.hash)
  for (const node of [a, connected]) {
    expect(await mempoolOf(node)).toEqual([])
    expect(await balanceOf(node, CAROL)).toBe(SUBSIDY - FEE)
    expect((await node.client.transaction(toCarol.txid)).block).toMatchObject({ hash: last!.hash })
    expect((await node.client.supply()).total).toBe(17 * SUBSIDY)
  }
})
