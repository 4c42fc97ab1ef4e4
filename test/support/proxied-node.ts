import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { loadOrCreateIdentity } from '../../src/platform/node/identity.ts'
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.ts'
import { type NodeProcess, startNode } from './node-process.ts'
import { listeningPorts } from './process-ports.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** What a proxied node tells others to dial: a port on which nobody listens. */
const NOWHERE = '/ip4/127.0.0.1/tcp/9'

/** A proxy in front of a node. */
export interface Link extends FaultProxy {
  /** what to dial to come to the node through it */
  readonly address: string
}

/** A node that can only be reached through the links to it, which may be there before it. */
export interface ProxiedNode {
  link(faults: Omit<FaultProxyOptions, 'target'>): Promise<Link>
  /** Starts it; it dials these links, and nobody else. */
  start(links?: readonly Link[]): Promise<NodeProcess>
}

/**
 * A node that announces nothing that could be dialled and looks for nobody. All that passes between such nodes goes
 * through the proxies between them.
 */
export async function makeProxiedNode(): Promise<ProxiedNode> {
  const dataDirectory = join(await temporaryDirectory(), 'data')
  await mkdir(dataDirectory, { mode: 0o700 })
  const peer = peerIdFromPrivateKey(await loadOrCreateIdentity(join(dataDirectory, 'identity.key')))
  let port: number | undefined
  return {
    async link(faults) {
      const proxy = await startFaultProxy({ ...faults, target: () => port })
      return Object.assign(proxy, { address: `/ip4/127.0.0.1/tcp/${proxy.port}/p2p/${peer}` })
    },
    async start(links = []) {
      const bootstrap = links.map(({ address }) => address)
      const args = ['--announce', NOWHERE, '--no-dht', '--target-peers', '0']
      const node = await startNode({ dataDirectory, bootstrap, args })
      const api = Number(new URL(node.started.api).port)
      port = listeningPorts(node.pid).find((each) => each !== api)
      return node
    },
  }
}
