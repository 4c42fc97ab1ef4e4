import { expect, test } from 'vitest'
import type { Host } from '../../src/network/host.ts'
import { eventually } from '../support/eventually.ts'
import { startHost } from '../support/network-host.ts'

const COUNT = 10
const BOUND_MS = 15_000

/** Found: connected, with the address in the peer store, so that it would be found again. */
function hasFound(host: Host, other: Host): boolean {
  const known = host.knownPeers().find(({ peer }) => peer === other.self)
  return host.connections().some(({ peer }) => peer === other.self) && known !== undefined
}

test('ten hosts in a line, each told of its predecessor only, all find each other within 15 s', async () => {
  const from = performance.now()
  const hosts: Host[] = []
  for (let i = 0; i < COUNT; i++) {
    const bootstrap = hosts.at(-1)?.addresses() ?? []
    hosts.push(await startHost({ bootstrap, targetOutbound: COUNT }))
  }

  await eventually('everyone has found everyone', () =>
    hosts.every((host) => hosts.every((other) => other === host || hasFound(host, other))),
  )

  expect(performance.now() - from).toBeLessThan(BOUND_MS)
})
