import type { Startable } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import type { PeerDiscovery, Transports } from '../../network/libp2p-node.ts'
import { tcpThatGathers } from './tcp.ts'
import { webSocketsThatEnd } from './websockets.ts'

/** What a node speaks over: TCP, and WebSockets for browsers. */
export function nodeTransports(): Transports {
  return [tcpThatGathers(), webSocketsThatEnd()]
}

/**
 * Discovery on the local network by multicast DNS under a service tag. It starts when we listen: @libp2p/mdns by itself
 * starts sooner, and a node that is asked before it has addresses does not answer, so that two nodes that start
 * together would find each other only with the next question, ten seconds later.
 */
export function nodeMdns(serviceTag: string): PeerDiscovery {
  return (components) => {
    const discovery = mdns({ serviceTag })(components) as ReturnType<PeerDiscovery> & Required<Startable>
    const start = discovery.start.bind(discovery)
    const stop = discovery.stop.bind(discovery)
    let wanted = false
    components.events.addEventListener('transport:listening', async () => {
      if (wanted) await start()
    })
    return Object.assign(discovery, {
      async start() {
        wanted = true
        if (components.addressManager.getListenAddrs().length === 0) await start()
      },
      async stop() {
        wanted = false
        await stop()
      },
    })
  }
}
