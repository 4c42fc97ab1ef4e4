import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { createNetworkNamespace, startHostProcess } from '../support/network-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const COUNT = 4
const BOUND_MS = 3_000

test('multicast DNS alone joins 4 processes within 3 s of the last one listening', async () => {
  const inside = await createNetworkNamespace()
  const processes = await Promise.all(
    Array.from({ length: COUNT }, async () =>
      startHostProcess({ folder: await temporaryDirectory(), mdns: true, dht: 'off' }, inside),
    ),
  )

  await eventually('each is connected to all others', () =>
    processes.every((each) => each.peers().peers.length === COUNT - 1),
  )

  const lastStart = Math.max(...processes.map(({ startedAt }) => startedAt))
  const joined = Math.max(...processes.map((each) => each.peers().at))
  expect(joined - lastStart).toBeLessThan(BOUND_MS)
})
