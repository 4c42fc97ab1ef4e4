/** What a node is to measure. */
export interface GossipJob {
  /** folder of the payment chain */
  readonly chain: string
  /** of a new LevelDB, keys and peer databases */
  readonly folder: string
  /** processes that publish */
  readonly peers: number
  /** payments of each peer that are under way at once */
  readonly window: number
  /** rounds of each kind that are not counted */
  readonly warmUp: number
}

/** What a peer is to publish. */
export interface GossipPeerJob {
  readonly folder: string
  readonly chain: string
  /** multiaddr of the node, with its peer id */
  readonly node: string
  /** payment blocks, by their place, whose payments are gossiped */
  readonly blocks: readonly number[]
  /** it publishes the payments in the places `share`, `share + of`, … of each block */
  readonly share: number
  readonly of: number
}

/** The payments of one block, admitted one way or the other. */
export interface GossipRound {
  readonly kind: 'gossip' | 'direct'
  readonly transactions: number
  readonly seconds: number
  /** CPU of all threads, and of the main thread alone */
  readonly cpuSeconds: number
  readonly mainThreadSeconds: number
  /** monotonic, when it began and when it ended */
  readonly fromMicroseconds: number
  readonly toMicroseconds: number
}

/** Of the event loop over all rounds of one kind, looked at every 10 ms. */
export interface EventLoopDelays {
  /** from one look to the next: an idle loop shows 10 to 11 */
  readonly p99Ms: number
  readonly maxMs: number
  /** CPU of the main thread from one look to the next: what a machine that does nothing else would show beyond 10 */
  readonly computedP99Ms: number
  readonly computedMaxMs: number
}

export interface GossipOutcome {
  /** without those that are not counted */
  readonly rounds: readonly GossipRound[]
  readonly gossip: EventLoopDelays
  readonly direct: EventLoopDelays
}
