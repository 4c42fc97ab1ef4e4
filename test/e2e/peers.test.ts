import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { createPreSharedKey } from '../../src/platform/node/pre-shared-key.ts'
import { eventually } from '../support/eventually.ts'
import { nodeArguments, runCairn, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 60_000 })

it('private nodes meet; a ban keeps one out, also over a restart, until unban', async () => {
  const key = join(await temporaryDirectory(), 'swarm.key')
  await createPreSharedKey(key)
  const args = ['--private-key-file', key]
  const first = await startNode({ args })
  const second = await startNode({ args, bootstrap: first.started.addresses })
  const { peerId } = second.started
  const peers = async () => (await first.client.peers()).peers.map(({ id }) => id)
  await eventually('the two have met', async () => (await peers()).includes(peerId))

  const ban = ['ban', peerId, '--for', '2h', '--reason', 'test']
  expect(await first.cairn(ban)).toMatchObject({ code: 0, stdout: expect.stringContaining(peerId) })
  expect(await peers()).toEqual([])
  await first.stop()
  const again = await startNode({ args, dataDirectory: first.dataDirectory })
  const [address] = again.started.addresses
  await second.client.dial(address!).catch(() => {})
  expect((await again.client.peers()).peers).toEqual([])
  expect(await again.cairn(['peers', '--banned'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^${peerId}\t(2 h|119 min)\ttest\n$`)),
  })
  await again.client.unban(peerId)
  await eventually('it is back', async () => {
    await second.client.dial(address!).catch(() => {})
    return (await again.client.peers()).peers.some(({ id }) => id === peerId)
  })
})

it('a key that is missing, and a way around it, keep a node from starting, by name', async () => {
  const folder = await temporaryDirectory()
  const missing = join(folder, 'swarm.key')
  const start = (...args: string[]) =>
    runCairn(nodeArguments(join(folder, 'data'), { args: ['--private-key-file', missing, ...args] }))
  const [one, other] = await Promise.all([start(), start('--listen', '/ip4/127.0.0.1/udp/0/quic-v1')])
  expect(one).toMatchObject({ code: 1, stderr: expect.stringContaining(missing) })
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('TCP or WebSockets') })
})
