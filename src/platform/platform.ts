import type { PrivateKey } from '@libp2p/interface'
import type { PeerDiscovery, Transports } from '../network/libp2p-node.ts'
import type { PeerRecords } from '../network/peer-records.ts'
import type { Datastore } from '../network/peers-only-datastore.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { NonceSearch } from '../ports/miner.ts'
import type { Random } from '../ports/random.ts'
import type { RecordFile } from '../ports/record-file.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { Store } from '../ports/store.ts'

export interface PlatformOptions {
  /** where everything is kept; a folder in Node */
  readonly dataDirectory: string
  /** threads that mine */
  readonly threads: number
  /** told what happens to the database while it is open */
  readonly logger: Logger
  /** file with the key of a private network */
  readonly privateKeyFile?: string | undefined
  /** ends the opening */
  readonly signal?: AbortSignal | undefined
}

/** How the last process ended; `first` where there was none. */
export type LastShutdown = 'first' | 'clean' | 'crashed'

/** All that a node takes from where it runs: opened together, closed together. */
export interface Platform extends AsyncDisposable {
  readonly clock: Clock
  readonly random: Random
  /** for chain and coins */
  readonly store: Store
  readonly lastShutdown: LastShutdown
  /** what `store` takes on disk */
  databaseBytes(): Promise<number>
  /** what was pending when the last process ended */
  readonly mempoolFile: RecordFile
  readonly signatures: Signatures
  readonly search: NonceSearch
  readonly privateKey: PrivateKey
  /** of a private network, in libp2p's format */
  readonly preSharedKey: Uint8Array | undefined
  /** for libp2p's peer store */
  readonly peers: Datastore
  /** bans, scores and anchors */
  readonly peerRecords: PeerRecords
  readonly transports: Transports
  /** discovery on the local network, where there is such a thing */
  readonly mdns: ((serviceTag: string) => PeerDiscovery) | undefined
}
