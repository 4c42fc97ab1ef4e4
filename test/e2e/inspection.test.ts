import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import type { ExplainedSetting } from '../../src/node/config-explain.ts'
import { runCairn, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

const ANY_PORTS = ['--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0']

it('looks at a real node from outside: doctor, top, config print, completion', async () => {
  const node = await startNode()
  const jsonOf = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await node.cairn([...args, '--json'])
    expect([args, code, stderr]).toEqual([args, 0, ''])
    return JSON.parse(stdout)
  }
  const home = await temporaryDirectory()
  const other = ['--data-dir', join(home, 'data'), '--network', 'dev', '--json', '--listen']
  const apiPort = new URL(node.started.api).port
  const [health, moment, settings, script, stranger] = await Promise.all([
    jsonOf(['doctor']),
    jsonOf(['top']),
    jsonOf(['config', 'print', '--threads', '1']),
    runCairn(['completion', 'bash']),
    runCairn(['doctor', ...other, '/ip4/127.0.0.1/tcp/0', '--api-port', apiPort], { env: { HOME: home } }),
  ])

  const found = (health.findings as Finding[]).filter(({ status }) => status === 'ok')
  expect(found.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['data directory', 'lock', 'secret files', 'ports', 'clock', 'node', 'sync']),
  )
  expect(health.well).toBe(true)
  expect(moment).toMatchObject({ status: { peerId: node.started.peerId }, mempool: { transactions: 0 } })
  expect((settings as ExplainedSetting[]).find(({ key }) => key === 'dataDir')).toMatchObject({
    value: node.dataDirectory,
    name: '--data-dir',
  })
  expect(script).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('complete -o default -F _cairn cairn'),
  })
  expect(stranger.code).toBe(1)
  expect(
    (JSON.parse(stranger.stdout).findings as Finding[]).filter(({ status }) => status === 'problem'),
  ).toMatchObject([
    { check: 'ports', found: expect.stringContaining('held by a Cairn node of the network dev') },
  ])

  await node.stop('SIGKILL')
  const after = await node.cairn(['doctor', '--json', ...ANY_PORTS])
  expect(after.code).toBe(0)
  expect(
    (JSON.parse(after.stdout).findings as Finding[]).filter(({ status }) => status === 'warning'),
  ).toMatchObject([{ check: 'lock', found: expect.stringContaining(`${node.pid}`) }, { check: 'node' }])
})
