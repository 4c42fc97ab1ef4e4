import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createApiNode } from '../support/api-node.ts'

const read = async (app: Awaited<ReturnType<typeof createApiNode>>['app']) => {
  const { statusCode, headers, body } = await app.inject({
    url: '/metrics',
    headers: { host: '127.0.0.1:1' },
  })
  expect(statusCode).toBe(200)
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

it('Prometheus is told of chain, mempool, sync, peers, gossip, mining, database, event loop and process', async () => {
  const node = await createApiNode()
  await node.mineMany(3)
  const first = await read(node.app)
  expect(first.get('cairn_chain_height')).toBe(3)
  expect(first.get('cairn_chain_best_header_height')).toBe(3)
  expect(first.get('cairn_mempool_transactions')).toBe(0)
  expect(first.get('cairn_mempool_floor_fee_rate')).toBe(1)
  expect(first.get('cairn_sync_phase{phase="idle"}')).toBe(1)
  expect(first.get('cairn_peers{direction="inbound"}')).toBe(0)
  expect(first.get('cairn_gossip_messages{topic="tx",verdict="accept"}')).toBe(3)
  expect(first.get('cairn_mining_hashes_per_second')).toBe(0)
  expect(first.get('cairn_database_bytes')).toBe(4_096)
  expect(first.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  expect([...first.keys()].some((name) => name.startsWith('nodejs_eventloop_lag'))).toBe(true)
  await node.mineMany(1)
  expect((await read(node.app)).get('cairn_chain_height')).toBe(4)
})

it('the dashboard in ops/ shows only figures that a node tells', async () => {
  const { panels } = JSON.parse(
    await readFile(new URL('../../ops/grafana.json', import.meta.url), 'utf8'),
  ) as {
    panels: { targets?: { expr: string }[] }[]
  }
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  const shown = new Set(expressions.flatMap((expr) => expr.match(/\b(?:cairn|process|nodejs)_\w+/g) ?? []))
  const told = new Set(
    [...(await read((await createApiNode()).app)).keys()].map((name) => name.split('{')[0]),
  )
  expect(shown.size).toBeGreaterThan(15)
  expect([...shown].filter((name) => !told.has(name))).toEqual([])
})
