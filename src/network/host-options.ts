import type { PrivateKey } from '@libp2p/interface'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { PeerDiscovery, PingTimes, Transports } from './libp2p-node.ts'
import type { PeerRecords } from './peer-records.ts'
import type { Datastore } from './peers-only-datastore.ts'
import type { TopicRate } from './topic-rates.ts'

export interface HostOptions {
  /** first 8 hex digits of the genesis hash */
  readonly networkId: string
  /** multiaddrs to listen on; none in a browser */
  readonly listen: readonly string[]
  /** multiaddrs that others are told to dial in place of these; none */
  readonly announce?: readonly string[]
  /** multiaddrs, each with its peer's id, of peers that are dialled for ever */
  readonly bootstrap: readonly string[]
  /** outbound connections to keep; 8 */
  readonly targetOutbound?: number
  /** connected peers at most; 64, of which all but `targetOutbound` may have dialled us */
  readonly maxPeers?: number
  /** peer ids, IP addresses and ranges of them (CIDR): where there are any, nobody else may connect */
  readonly allow?: readonly string[]
  /** the same: those may never connect, whatever `allow` says */
  readonly deny?: readonly string[]
  /** what is expected on topics: peers are scored by it */
  readonly topicRates?: ReadonlyMap<string, TopicRate>
  /** `server` answers queries of others, `client` only asks; `server` */
  readonly dht?: 'server' | 'client' | 'off'
  /** how we name ourselves to peers */
  readonly userAgent?: string
  readonly ping?: PingTimes
}

export interface HostDependencies {
  readonly privateKey: PrivateKey
  /** makes the network a private one: only peers with the same key get in; in libp2p's format */
  readonly preSharedKey?: Uint8Array | undefined
  /** open; for the peer store */
  readonly datastore: Datastore
  readonly records: PeerRecords
  readonly transports: Transports
  /** discovery on the local network under a DNS service tag */
  readonly mdns?: (serviceTag: string) => PeerDiscovery
  /** whether no new tip has come for longer than chance explains; never, where it is left out */
  readonly isTipStale?: () => boolean
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
