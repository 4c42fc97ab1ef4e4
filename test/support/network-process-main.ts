import { join } from 'node:path'
import { createHost } from '../../src/network/host.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { loadOrCreateIdentity } from '../../src/platform/node/identity.ts'
import { nodeMdns, nodeTransports } from '../../src/platform/node/libp2p.ts'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { HostProcessOptions, HostProcessReport } from './network-process.ts'

// Runs one host and tells its parent, on standard output, whom it is connected to. Started by `startHostProcess`.
process.stdin.resume().once('end', () => process.exit())
const { folder, mdns, ...options } = JSON.parse(process.argv[2]!) as HostProcessOptions
const { datastore, records } = await openPeerDatabase(join(folder, 'peers'))
const host = createHost(
  { networkId: '0badc0de', listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], ...options },
  {
    privateKey: await loadOrCreateIdentity(join(folder, 'identity')),
    datastore,
    records,
    transports: nodeTransports(),
    ...(mdns && { mdns: nodeMdns }),
    clock: systemClock,
    random: systemRandom,
    logger: SILENT_LOGGER,
  },
)
const say = (report: HostProcessReport): void => void process.stdout.write(`${JSON.stringify(report)}\n`)
const sayPeers = (): void =>
  say({ event: 'peers', at: Date.now(), peers: host.connections().map(({ peer }) => peer) })

host.events.on('peerConnected', sayPeers)
host.events.on('peerDisconnected', sayPeers)
await host.start()
say({ event: 'started', at: Date.now(), peer: host.self, addresses: [...host.addresses()] })
