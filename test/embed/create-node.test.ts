import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createNode } from '../../src/embed/create-node.ts'
import type { GivenConfig } from '../../src/node/config-schema.ts'
import { readNodeFile } from '../../src/platform/node/node-file.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { MINER } from '../support/test-chain.ts'

const onLoopback = async (): Promise<GivenConfig> => ({
  network: 'dev',
  dataDir: await temporaryDirectory(),
  p2p: { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false },
  api: { port: 0 },
})

describe('a node inside a program', () => {
  it('mines, tells what happens, has its API, and is gone where its scope ends', async () => {
    const config = await onLoopback()
    const heights: number[] = []
    let api: string
    {
      await using node = await createNode(config)
      node.on('tipChanged', ({ tip }) => void heights.push(tip.height))
      await node.miner.generate(2, MINER.scriptPubKey, AbortSignal.timeout(30_000))
      api = node.api!
      expect(await (await fetch(`${api}/v1/status`)).json()).toMatchObject({ tip: { height: 2 } })
      expect(await readNodeFile(config.dataDir!)).toMatchObject({ pid: process.pid, api })
      await expect(createNode(config)).rejects.toMatchObject({ code: 'data-directory-in-use' })
    }
    expect(heights).toEqual([1, 2])
    await expect(fetch(`${api}/v1/status`)).rejects.toThrow()
    expect(await readNodeFile(config.dataDir!)).toBeUndefined()
    await using again = await createNode({ ...config, api: { enabled: false } })
    expect(again.chain.tip().height).toBe(2)
    expect(again.api).toBeUndefined()
  })

  it('meets another one, and both say so', async () => {
    await using first = await createNode({ ...(await onLoopback()), api: { enabled: false } })
    const met = Promise.withResolvers<string>()
    first.on('peerConnected', ({ peer }) => met.resolve(peer))
    const second = await createNode({
      ...(await onLoopback()),
      p2p: { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, bootstrap: [...first.addresses()] },
      api: { enabled: false },
    })
    expect(await met.promise).toBe(second.peerId)
    const parted = Promise.withResolvers<string>()
    first.on('peerDisconnected', ({ peer }) => parted.resolve(peer))
    await second.stop()
    await second.stop()
    expect(await parted.promise).toBe(second.peerId)
  })

  it('is refused with a sentence where a setting makes no sense', async () => {
    await expect(createNode({ network: 'dev', prune: 3 })).rejects.toMatchObject({
      code: 'config-invalid',
      message: 'prune is 3, but has to be a whole number of blocks, at least 288, or 0 to keep all',
    })
    await expect(createNode({ netwrok: 'dev' } as GivenConfig)).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })
})

it('the example runs as it stands', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/embedded-node.ts'], {
    timeout: 60_000,
  })
  expect(stdout).toMatch(
    /^block 1 [0-9a-f]{64}\nblock 2 [0-9a-f]{64}\nblock 3 [0-9a-f]{64}\n\d+ coins, \d+ base units\n$/,
  )
})
