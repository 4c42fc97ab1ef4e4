import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import { eventually } from '../support/eventually.ts'
import { pay, testKey } from '../support/key.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { devConfig, type StoredChain, storeChain } from '../support/stored-chain.ts'
import { coinbaseInput } from '../support/test-chain.ts'

let stored: StoredChain
beforeAll(async () => {
  stored = await storeChain(11)
})
afterAll(() => stored.remove())

async function startNode(dataDirectory: string) {
  const config = await devConfig(dataDirectory, {
    'p2p.listen': ['/ip4/127.0.0.1/tcp/0'],
    'p2p.mdns': false,
    'p2p.dht': false,
  })
  const { logger, lines } = createRecordingLogger()
  const node = createNode(config, { logger })
  onTestFinished(() => node.stop())
  await node.start()
  return { node, mempool: node.services.mempool, lines }
}

it('a node has what was pending when it was stopped, and starts without a record that is damaged', async () => {
  const path = await stored.copy()
  const record = join(path, 'mempool.dat')
  const first = await startNode(path)
  const payment = pay(
    [coinbaseInput(stored.blocks[1]!)],
    [{ value: 1_000_000, scriptPubKey: testKey('alice').scriptPubKey }],
  )
  const accepted = await first.mempool.accept(payment)
  if (!accepted.ok) throw new Error(accepted.error.message)
  await first.node.stop()
  expect((await stat(record)).mode & 0o777).toBe(0o600)

  const second = await startNode(path)
  await eventually('it is pending again', () => second.mempool.get(payment.txid) !== undefined)
  expect(second.mempool.get(payment.txid)!.addedAt).toBe(accepted.value.addedAt)
  await second.node.stop()

  const bytes = await readFile(record)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(record, bytes)
  const third = await startNode(path)
  await eventually('it says so', () => third.lines.some(({ phrase }) => phrase === 'saved mempool ignored'))
  expect(third.mempool.size).toBe(0)
})
