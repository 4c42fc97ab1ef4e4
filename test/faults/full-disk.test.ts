import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { keepPaying } from '../support/keep-paying.ts'
import { testKey } from '../support/key.ts'
import { openLeft, replay } from '../support/left-chain.ts'
import { type NodeProcess, nodeArguments, runCairn, startNode } from '../support/node-process.ts'
import { createSmallDisk } from '../support/small-disk.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

const DISK_BYTES = 16 * 2 ** 20
const MINER = testKey('miner')
const ADDRESS = addressOf(MINER)

const DISK_FULL = { code: 'disk-full', message: expect.stringContaining('there is') }

const linesOf = ({ log }: NodeProcess, phrase: string) => log.filter(({ msg }) => msg === phrase)

/** Everything that a wallet or an explorer asks for, in a form that can be compared. */
async function answersOf({ client }: NodeProcess) {
  const { tip } = await client.status()
  const [block, coins, supply] = await Promise.all([
    client.block(String(tip.height)),
    client.coins([ADDRESS]),
    client.supply(),
  ])
  return { tip, block, coins, supply }
}

/** A node on a small disk with a chain of payments, whose coins have not all been written. */
async function startOnSmallDisk(args: readonly string[] = []) {
  const disk = await createSmallDisk(DISK_BYTES)
  const options = { dataDirectory: join(disk.path, 'data'), inside: disk.inside, args }
  const node = await startNode(options)
  await node.client.generate(ADDRESS, 14)
  const payments = keepPaying(node, MINER)
  await eventually('payments wait', async () => (await node.client.status()).mempool.transactions > 2)
  await node.client.generate(ADDRESS, 2)
  await payments.stop()
  return { disk, options, node }
}

describe('a node whose disk is full', () => {
  it('refuses blocks with the reason, answers all questions, and goes on by itself once there is room', async () => {
    const { disk, node } = await startOnSmallDisk(['--mine-interval', '0.05', '--threads', '1'])
    const { client } = node
    await disk.fill()
    await expect(client.generate(ADDRESS, 100)).rejects.toMatchObject(DISK_FULL)
    const { tip } = await client.status()
    for (let i = 0; i < 3; i++) await expect(client.generate(ADDRESS, 1)).rejects.toMatchObject(DISK_FULL)
    const before = await answersOf(node)
    expect(before.tip).toEqual(tip)
    expect(before.block).toMatchObject({ hash: tip.hash, height: tip.height })
    // Everything was paid to one address, and some of it has not been written yet.
    const stored = before.coins.coins.filter(({ status }) => status !== 'pending')
    expect(before.supply).toMatchObject({ tip: { hash: tip.hash }, coins: stored.length })
    expect(before.supply.total).toBe(stored.reduce((sum, { value }) => sum + value, 0))

    await client.startMining(ADDRESS)
    await eventually('mining fails', () => linesOf(node, 'mining failed').length > 0)
    expect((await client.status()).tip).toEqual(tip)
    await disk.empty()
    await eventually('it mines again', async () => (await client.status()).tip.height > tip.height)
    await client.stopMining()
    // It has waited between its attempts.
    expect(linesOf(node, 'mining failed').length).toBeLessThan(4)
    expect(linesOf(node, 'database opened again after a failed write')).toHaveLength(1)
    const { supply } = await answersOf(node)
    expect(await node.stop()).toMatchObject({ code: 0, stderr: '' })

    await using left = await openLeft(join(disk.here, 'data'))
    const { count, total, digest } = await replay(left.chain)
    expect(supply).toMatchObject({ coins: count, total, digest })
    expect(left.chain.isConnected(tip.hash as Parameters<typeof left.chain.isConnected>[0])).toBe(true)
  })

  it('can be stopped, is refused a start while there is no room, and has lost nothing then', async () => {
    const { disk, options, node } = await startOnSmallDisk()
    const { supply } = await answersOf(node)
    await disk.fill()
    // The last page of its log may have room for some of them.
    await expect(node.client.generate(ADDRESS, 100)).rejects.toMatchObject(DISK_FULL)
    const { tip } = await node.client.status()
    expect(await node.stop()).toMatchObject({ code: 0, stderr: '' })
    const phrase = 'coins not written, the next start works them out from the blocks'
    expect(linesOf(node, phrase)).toMatchObject([{ level: 'error', error: { code: 'disk-full' } }])
    expect(node.log.at(-1)!.msg).toBe('node stopped')

    const refused = await runCairn(nodeArguments(options.dataDirectory, options), options)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/no space left on device/i) })

    await disk.empty()
    const again = await startNode(options)
    expect(again.started).toMatchObject({ height: tip.height, tip: tip.hash })
    expect((await again.client.supply()).total).toBeGreaterThanOrEqual(supply.total)
    await again.client.generate(ADDRESS, 1)
    await again.stop()
    await using left = await openLeft(join(disk.here, 'data'))
    expect(await left.chain.coinStatistics()).toEqual(await replay(left.chain))
  })

  it('catches up with its peers once there is room, and blames none of them', async () => {
    const source = await startNode()
    const disk = await createSmallDisk(DISK_BYTES)
    const behind = await startNode({
      dataDirectory: join(disk.path, 'data'),
      inside: disk.inside,
      bootstrap: source.started.addresses,
    })
    await eventually('they are connected', async () => (await behind.client.peers()).peers.length > 0)
    await disk.fill()
    await source.client.generate(ADDRESS, 60)
    const isRefused = () =>
      ['block not stored', 'headers not stored', 'block not judged'].some(
        (phrase) => linesOf(behind, phrase).length > 0,
      )
    await eventually('it is told that there is no room', async () => {
      await source.client.generate(ADDRESS, 1)
      return isRefused()
    })
    await disk.empty()
    const { tip } = await source.client.status()
    await eventually('it has caught up', async () => (await behind.client.status()).tip.hash === tip.hash)
    expect(await behind.client.supply()).toEqual(await source.client.supply())
    expect((await behind.client.peers()).peers).toHaveLength(1)
    expect(linesOf(behind, 'peer banned')).toEqual([])
  })
})
