import { join } from 'node:path'
import { createHost, type Host } from '../../src/network/host.ts'
import type { HostOptions } from '../../src/network/host-options.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { loadOrCreateIdentity } from '../../src/platform/node/identity.ts'
import { nodeTransports } from '../../src/platform/node/libp2p.ts'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { DEV } from '../support/test-chain.ts'

export interface LoopbackHost {
  readonly host: Host
  close(): Promise<void>
}

/** A host as a node has it, on a loopback port of its own, not started; its key and its peers are kept in the folder. */
export async function openLoopbackHost(
  folder: string,
  options: Partial<HostOptions> = {},
): Promise<LoopbackHost> {
  const { datastore, records, close } = await openPeerDatabase(join(folder, 'peers'))
  const host = createHost(
    {
      networkId: DEV.id,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      dht: 'off',
      userAgent: 'bench',
      ...options,
    },
    {
      privateKey: await loadOrCreateIdentity(join(folder, 'identity')),
      datastore,
      records,
      transports: nodeTransports(),
      clock: systemClock,
      random: systemRandom,
      logger: SILENT_LOGGER,
    },
  )
  return {
    host,
    async close() {
      await host.stop()
      await close()
    },
  }
}
