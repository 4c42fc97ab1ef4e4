import { expect, test } from 'vitest'
import type { Host } from '../../src/network/host.ts'
import { eventually } from '../support/eventually.ts'
import { LOOPBACK_TCP, LOOPBACK_WS, startHost } from '../support/network-host.ts'
import { startHostProcess } from '../support/network-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const BOUND_MS = 2_000
const FAST_PING = { intervalMs: 200, minTimeoutMs: 1_000, maxTimeoutMs: 1_000 }

async function fourAndTheirVictim() {
  const hub = await startHost()
  const hosts = [hub, ...(await Promise.all([1, 2, 3].map(() => startHost({ bootstrap: hub.addresses() }))))]
  const victim = await startHostProcess({ folder: await temporaryDirectory(), bootstrap: hub.addresses() })
  await eventually('all five are connected', () => hosts.every((host) => host.connections().length === 4))
  return { hosts, victim }
}

const isConnected = (host: Host, peer: string): boolean =>
  host.connections().some((connection) => connection.peer === peer)

test('four of five hosts drop the one that is killed, and stay connected', async () => {
  const { hosts, victim } = await fourAndTheirVictim()
  const lost: string[] = []
  for (const host of hosts) host.events.on('peerDisconnected', ({ peer }) => lost.push(peer))

  victim.kill('SIGKILL')
  const took = await eventually('all have dropped it', () =>
    hosts.every((host) => !isConnected(host, victim.peer)),
  )

  expect(took).toBeLessThan(BOUND_MS)
  expect(hosts.map((host) => host.connections().length)).toEqual([3, 3, 3, 3])
  expect(new Set(lost)).toEqual(new Set([victim.peer]))
})

test.for([
  ['TCP', LOOPBACK_TCP],
  ['WebSockets', LOOPBACK_WS],
] as const)('a peer that hangs is dropped when it answers no ping, over %s', async ([, listen]) => {
  const host = await startHost({ listen: [listen], ping: FAST_PING })
  const victim = await startHostProcess({ folder: await temporaryDirectory(), bootstrap: host.addresses() })
  await eventually('they are connected', () => host.connections().length === 1)

  victim.kill('SIGSTOP')
  const took = await eventually('it has been dropped', () => host.connections().length === 0)

  // An interval and a timeout, twice over.
  expect(took).toBeLessThan(2 * (FAST_PING.intervalMs + FAST_PING.maxTimeoutMs))
})
