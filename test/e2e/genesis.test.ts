import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

/** `dev` in everything but its name, and so in its genesis. */
const OTHER = {
  name: 'other',
  prefix: 'ocrn',
  spacing: null,
  maturity: 10,
  halving: 150,
  subsidy: 5_000_000_000,
}

const letGo = (node: NodeProcess, other: NodeProcess): boolean =>
  node.log.some(({ msg, peer }) => msg === 'peer let go' && peer === other.started.peerId)

const peersOf = async (node: NodeProcess): Promise<string[]> =>
  (await node.client.peers()).peers.map(({ id }) => id)

it('lets go of a peer with another genesis, on both sides, and finds its own', async () => {
  const network = join(await temporaryDirectory(), 'other.json')
  await writeFile(network, JSON.stringify(OTHER))
  const args = ['--log-level', 'debug']
  const dev = await startNode({ args })
  const bootstrap = dev.started.addresses
  const other = await startNode({ network, bootstrap, args })
  expect(other.started.network).toBe('other')
  expect(other.started.genesis).not.toBe(dev.started.genesis)

  // Whoever hangs up first may spare the other one from saying why.
  await eventually('one has let the other go', () => letGo(dev, other) || letGo(other, dev))
  await eventually('neither has peers', async () => {
    const [ofDev, ofOther] = await Promise.all([peersOf(dev), peersOf(other)])
    return ofDev.length === 0 && ofOther.length === 0
  })

  const friend = await startNode({ bootstrap })
  await eventually('the third is found', async () => (await peersOf(dev)).length > 0)
  await eventually('the third has the first', async () => (await peersOf(friend)).length > 0)
  expect(await peersOf(dev)).toEqual([friend.started.peerId])
  expect(await peersOf(friend)).toEqual([dev.started.peerId])
  expect(await peersOf(other)).toEqual([])
})
