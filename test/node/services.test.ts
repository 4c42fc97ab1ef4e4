import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { sayHello } from '../../protocols/hello/client.ts'
import { HELLO_VERSION, SERVICE_BLOCKS, SERVICE_RECENT_BLOCKS } from '../../protocols/hello/protocol.ts'
import { createNode } from '../../src/node/create-node.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { eventually } from '../support/eventually.ts'
import { startHost } from '../support/network-host.ts'
import { devConfig, type StoredChain, storeChain, withStoredChain } from '../support/stored-chain.ts'
import { DEV } from '../support/test-chain.ts'

let stored: StoredChain
beforeAll(async () => {
  stored = await storeChain(320)
})
afterAll(() => stored.remove())

/** The service bits that a node on the data directory tells a peer. */
async function servicesOf(dataDirectory: string, flags: Readonly<Record<string, string>>): Promise<bigint> {
  const config = await devConfig(dataDirectory, {
    ...flags,
    'p2p.listen': ['/ip4/127.0.0.1/tcp/0'],
    'p2p.mdns': false,
    'p2p.dht': false,
  })
  const node = createNode(config, { logger: SILENT_LOGGER })
  onTestFinished(() => node.stop())
  await node.start()
  const peer = node.services.peerId
  const host = await startHost({ networkId: DEV.id, bootstrap: node.services.addresses() })
  await eventually('they are connected', () => host.connections().some((open) => open.peer === peer))
  const own = {
    version: HELLO_VERSION,
    genesis: DEV.genesis.hash,
    tip: DEV.genesis.hash,
    height: 0,
    work: 2n,
    services: 0n,
    userAgent: 'test',
  }
  const hello = await sayHello({ transport: host, clock: systemClock, network: DEV }, peer, own)
  if (!hello.ok) throw new Error(hello.error.code)
  await node.stop()
  return hello.value.services
}

it('promises all blocks only where they are all there and stay', async () => {
  const path = await stored.copy()
  expect(await servicesOf(path, {})).toBe(SERVICE_BLOCKS)
  expect(await servicesOf(path, { prune: '288' })).toBe(SERVICE_RECENT_BLOCKS)
  await withStoredChain(path, ({ mine }) => mine(), { prune: 288 })
  // None are dropped from now on, but those that were are gone.
  expect(await servicesOf(path, {})).toBe(SERVICE_RECENT_BLOCKS)
})
