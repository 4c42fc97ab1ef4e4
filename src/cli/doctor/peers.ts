import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { probeConnect, type TcpEndpoint } from '../../platform/node/tcp-probe.ts'
import { type Finding, ok, type Patient, problem, warning } from './finding.ts'

const CHECK = 'peers'

/** Of the nodes to dial first, so many are tried. */
const MAX_TRIED = 16
const CONNECT_LIMIT_MS = 3_000

/** Whether the node has peers, and whether the nodes to dial first can be reached. */
export async function checkPeers(patient: Patient): Promise<Finding[]> {
  const { status } = patient.node
  const connected = status === undefined ? 0 : status.peers.inbound + status.peers.outbound
  const standing =
    status === undefined
      ? []
      : connected > 0
        ? [ok(CHECK, `${connected} connected, ${status.peers.outbound} of them dialled by us`)]
        : [warning(CHECK, 'the node has no peers', 'give it a node to dial first with --bootstrap')]
  return [...standing, ...(await checkBootstrap(patient, connected > 0))]
}

async function checkBootstrap({ config, node }: Patient, hasPeers: boolean): Promise<Finding[]> {
  const check = 'bootstrap'
  const { bootstrap, mdns } = config.p2p
  if (bootstrap.length === 0) {
    // Of a node that runs it is enough to say how many peers it has.
    if (node.status !== undefined) return []
    if (await knowsPeers(config.dataDirectory))
      return [ok(check, 'none is given; the node dials the peers that it knows')]
    return [
      warning(
        check,
        `none is given${mdns ? ', so that only nodes on the local network are found' : ', and mDNS is off'}`,
        'give a node to dial first with --bootstrap',
      ),
    ]
  }
  const tried = bootstrap.slice(0, MAX_TRIED).flatMap((address) => {
    const endpoint = endpointOf(address)
    return endpoint === undefined ? [] : [{ address, endpoint }]
  })
  if (tried.length === 0) return [ok(check, `${bootstrap.length} given, to be looked up in DNS by libp2p`)]
  const answers = await Promise.all(
    tried.map(async ({ address, endpoint }) => ({
      address,
      why: await probeConnect(endpoint, CONNECT_LIMIT_MS),
    })),
  )
  const failed = answers.filter(({ why }) => why !== undefined)
  if (failed.length === 0) return [ok(check, `${tried.length} of ${bootstrap.length} tried, each answers`)]
  const judge = hasPeers || failed.length < answers.length ? warning : problem
  return failed.map(({ address, why }) =>
    judge(
      check,
      `${address} cannot be reached (${why})`,
      'see whether it runs, and whether a firewall is between',
    ),
  )
}

/** What the peer database keeps is not ours to open while a node runs: that there is one says enough. */
const knowsPeers = (dataDirectory: string): Promise<boolean> =>
  access(join(dataDirectory, 'peers')).then(
    () => true,
    () => false,
  )

/** Undefined for `/dnsaddr`, which names other multiaddrs. */
function endpointOf(address: string): TcpEndpoint | undefined {
  const [where, tcp] = multiaddr(address).getComponents()
  if (where?.value === undefined || tcp?.name !== 'tcp') return undefined
  return { host: where.value, port: Number(tcp.value) }
}
