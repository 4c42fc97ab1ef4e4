import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import type { BlockView, Status, VerdictView } from '../../src/api/schemas.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { nodeArguments, runCairn, startNode } from '../support/node-process.ts'
import { type StoredChain, storeChain } from '../support/stored-chain.ts'
import { MINER } from '../support/test-chain.ts'

// Processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 120_000 })

const BLOCKS = 400
const KEPT = 288

let stored: StoredChain
beforeAll(async () => {
  stored = await storeChain(BLOCKS)
}, 60_000)
afterAll(() => stored.remove())

it('runs with the last 288 blocks alone, over restarts, and serves these to others', async () => {
  const dataDirectory = await stored.copy()
  const args = ['--prune', String(KEPT)]
  const whole = await startNode({ dataDirectory, args })
  expect(await whole.client.status()).toMatchObject({ pruned: { keptBlocks: KEPT, lowestBody: 0 } })
  await whole.client.generate(addressOf(MINER), 1)
  await whole.stop()

  const node = await startNode({ dataDirectory, args })
  const lowestBody = BLOCKS + 1 - KEPT + 1
  const { stdout: json } = await node.cairn(['status', '--json'])
  expect((JSON.parse(json) as Status).pruned).toEqual({ keptBlocks: KEPT, lowestBody })
  const { stdout: status } = await node.cairn(['status'])
  expect(status).toContain(`blocks\tpruned below height ${lowestBody}, the last ${KEPT} are kept\n`)

  const gone = stored.blocks[4]!
  const shown = await node.cairn(['block', '5'])
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toContain(`hash\t${gone.hash}\n`)
  expect(shown.stdout).toContain('body\tpruned: this node has dropped it to save room\n')
  const asJson: BlockView & { pruned: boolean } = JSON.parse(
    (await node.cairn(['block', '5', '--json'])).stdout,
  )
  expect(asJson).toMatchObject({ hash: gone.hash, height: 5, txids: null, size: null, pruned: true })
  const tx = await node.cairn(['tx', gone.transactions[0]!.txid])
  expect(tx).toMatchObject({ code: 1, stderr: expect.stringContaining('has been pruned') })
  expect((await node.cairn(['invalidate', gone.hash])).stderr).toContain('has been pruned')

  // Another node that lacks some of the last blocks: the same ones, since nothing in them is left to chance.
  const shorter = await storeChain(BLOCKS - 50)
  onTestFinished(() => shorter.remove())
  const follower = await startNode({
    dataDirectory: shorter.dataDirectory,
    bootstrap: node.started.addresses,
  })
  await eventually('it has caught up from the pruned node', async () => {
    const { tip } = await follower.client.status()
    return tip.height === BLOCKS + 1
  })
  await node.stop()
  expect((await runCairn(['verify', '--network', 'dev', '--data-dir', dataDirectory])).code).toBe(0)
})

it('refuses to keep less than is offered to peers, by what is allowed', async () => {
  const dataDirectory = await stored.copy()
  expect(await runCairn([...nodeArguments(dataDirectory), '--prune', '100'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      '--prune is 100, but has to be a whole number of blocks, at least 288, or 0',
    ),
  })
})

it('refuses other indexes than the directory was made with, and says what to do', async () => {
  const dataDirectory = await stored.copy()
  const refused = await runCairn([...nodeArguments(dataDirectory), '--no-address-index'])
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('`cairn reindex` with the new settings'),
  })
  const onDev = ['--network', 'dev', '--data-dir', dataDirectory]
  expect(await runCairn(['reindex', '--no-address-index', ...onDev])).toMatchObject({ code: 0 })
  const node = await startNode({ dataDirectory, args: ['--no-address-index', '--cache', '4'] })
  await expect(node.client.coins([addressOf(MINER)])).rejects.toMatchObject({ code: 'address-index-off' })
})

it('goes back to an earlier block where the operator says so, and on again', async () => {
  const node = await startNode({ dataDirectory: await stored.copy() })
  const { hash } = stored.blocks[BLOCKS - 3]!
  const parent = stored.blocks[BLOCKS - 4]!.hash
  const text = await node.cairn(['invalidate', hash])
  expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining(`tip\t${BLOCKS - 3} ${parent}\n`) })
  expect((await node.client.status()).tip.hash).toBe(parent)
  const json = await node.cairn(['reconsider', hash, '--json'])
  expect(JSON.parse(json.stdout) as VerdictView).toMatchObject({ connected: true, tip: { height: BLOCKS } })
  expect((await node.cairn(['invalidate', stored.blocks[0]!.header.previous])).stderr).toContain(
    'cannot be invalid',
  )
  expect(await node.cairn(['invalidate', '12'])).toMatchObject({ code: 2 })
})
