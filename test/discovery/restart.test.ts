import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { newHostState, startHost } from '../support/network-host.ts'

const BOUND_MS = 2_000

test('a host that restarts without bootstrap is back with its peers within 2 s', async () => {
  const hub = await startHost()
  const others = [hub, ...(await Promise.all([1, 2, 3].map(() => startHost({ bootstrap: hub.addresses() }))))]
  const state = await newHostState()
  const before = await startHost({ bootstrap: hub.addresses() }, state)
  await eventually('it is connected to all others', () => before.connections().length === others.length)
  await before.stop()

  const from = performance.now()
  const after = await startHost({ bootstrap: [] }, state)
  await eventually('it is back with all others', () => after.connections().length === others.length)

  expect(performance.now() - from).toBeLessThan(BOUND_MS)
  expect(after.self).toBe(before.self)
})

test('a host finds peers of an earlier run without the DHT and without multicast DNS', async () => {
  const other = await startHost({ dht: 'off' })
  const state = await newHostState()
  const before = await startHost({ bootstrap: other.addresses(), dht: 'off' }, state)
  await eventually('they are connected', () => before.connections().length === 1)
  await before.stop()

  const after = await startHost({ bootstrap: [], dht: 'off' }, state)
  await eventually('they are connected again', () => after.connections().length === 1)
})
