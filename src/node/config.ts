import type { NetworkParameters } from '../consensus/parameters.ts'
import type { IndexOptions } from '../storage/chain-store.ts'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type LogFormat = 'pretty' | 'json'

/** Whom the node's miner pays. */
export interface Payout {
  readonly address: string
  readonly scriptPubKey: Uint8Array
}

export interface PeerToPeerConfig {
  /** multiaddrs to listen on; empty for a node that only dials */
  readonly listen: readonly string[]
  /** multiaddrs to tell others in place of those; empty where they are the same */
  readonly announce: readonly string[]
  /** multiaddrs of nodes to dial first */
  readonly bootstrap: readonly string[]
  /** whether to look for nodes on the local network */
  readonly mdns: boolean
  /** whether to take part in the DHT */
  readonly dht: boolean
  /** outbound connections to aim for */
  readonly targetPeers: number
  /** connected peers at most; more than `targetPeers` */
  readonly maxPeers: number
  /** absolute path of the key of a private network */
  readonly privateKeyFile: string | undefined
  /** peer ids, IP addresses and ranges: where there are any, nobody else may connect */
  readonly allow: readonly string[]
  /** the same: those may not connect, whatever `allow` says */
  readonly deny: readonly string[]
}

export interface MiningConfig {
  /** whether to mine from the start */
  readonly enabled: boolean
  readonly payout: Payout | undefined
  readonly threads: number
  /** seconds from one block of ours to the next on a network of fixed difficulty; undefined on the others */
  readonly interval: number | undefined
}

export interface LoggingConfig {
  readonly level: LogLevel
  readonly format: LogFormat
}

/** Everything that a node is told at its start: checked, and with each default filled in. */
export interface NodeConfig {
  readonly network: NetworkParameters
  /** absolute path */
  readonly dataDirectory: string
  /** how many blocks below the tip keep their bodies; undefined for all */
  readonly prune: number | undefined
  /** cumulative: no chain of peers with less is stored */
  readonly minimumWork: bigint
  /** memory for coins */
  readonly cacheBytes: number
  readonly indexes: IndexOptions
  readonly p2p: PeerToPeerConfig
  /** where the HTTP API listens on 127.0.0.1 (0: a free port); undefined where it is off */
  readonly api:
    | {
        readonly port: number
        /** of web pages that may use it */
        readonly origins: readonly string[]
        /** requests a second that one client is answered */
        readonly rateLimit: number
      }
    | undefined
  readonly mining: MiningConfig
  readonly logging: LoggingConfig
}
