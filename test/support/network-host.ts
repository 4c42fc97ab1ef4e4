import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { onTestFinished } from 'vitest'
import { createHost, type Host } from '../../src/network/host.ts'
import type { HostDependencies, HostOptions } from '../../src/network/host-options.ts'
import { createLibp2pNode, type Node, PING_TIMES } from '../../src/network/libp2p-node.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { nodeTransports } from '../../src/platform/node/libp2p.ts'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const TEST_NETWORK = '0badc0de'
export const LOOPBACK_TCP = '/ip4/127.0.0.1/tcp/0'
export const LOOPBACK_WS = '/ip4/127.0.0.1/tcp/0/ws'

/** What is left of a host when it stops. */
export interface HostState {
  readonly privateKey: PrivateKey
  /** folder of its peer database */
  readonly folder: string
}

export const newHostState = async (): Promise<HostState> => ({
  privateKey: await generateKeyPair('Ed25519'),
  folder: await temporaryDirectory(),
})

export type TestHostOptions = Partial<HostOptions> & Pick<HostDependencies, 'preSharedKey'>

/** A host of its own peer database on loopback, not started; stopped when the test ends. */
export async function makeHost(
  { preSharedKey, ...options }: TestHostOptions = {},
  state?: HostState,
): Promise<Host> {
  const { privateKey, folder } = state ?? (await newHostState())
  const database = await openPeerDatabase(folder)
  const host = createHost(
    { networkId: TEST_NETWORK, listen: [LOOPBACK_TCP], bootstrap: [], ...options },
    {
      privateKey,
      preSharedKey,
      datastore: database.datastore,
      records: database.records,
      transports: nodeTransports(),
      clock: systemClock,
      random: systemRandom,
      logger: SILENT_LOGGER,
    },
  )
  const stop = host.stop
  const stopAll = async (): Promise<void> => {
    await stop()
    await database.close()
  }
  onTestFinished(stopAll)
  return Object.assign(host, { stop: stopAll })
}

export async function startHost(options: TestHostOptions = {}, state?: HostState): Promise<Host> {
  const host = await makeHost(options, state)
  await host.start()
  return host
}

/** A peer of the same network that does what the test tells it, on the level of libp2p; stopped when the test ends. */
export async function startRawPeer(listen: readonly string[] = [LOOPBACK_TCP]): Promise<Node> {
  const { privateKey, folder } = await newHostState()
  const database = await openPeerDatabase(folder)
  const node = await createLibp2pNode(
    {
      networkId: TEST_NETWORK,
      listen,
      announce: [],
      maxPeers: 64,
      dht: 'off',
      userAgent: 'raw',
      ping: PING_TIMES,
    },
    {
      privateKey,
      preSharedKey: undefined,
      datastore: database.datastore,
      transports: nodeTransports(),
      mdns: undefined,
      gater: {},
      gossip: {},
    },
  )
  onTestFinished(async () => {
    await node.stop()
    await database.close()
  })
  await node.start()
  return node
}
