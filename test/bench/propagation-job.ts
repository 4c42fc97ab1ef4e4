/** How a block is handed around: as the node does it, or whole on a topic of the bench. */
export type Way = 'compact' | 'whole'

/** What a process of the bench is to run. */
export interface PropagationJob {
  /** of the payment chain */
  readonly chain: string
  /** for keys and peers */
  readonly folder: string
  /** numbers of its nodes */
  readonly nodes: readonly number[]
}

/** What its parent asks of it, one thing at a time. */
export type PropagationOrder =
  /** connect nodes of its own with others */
  | { readonly kind: 'dial'; readonly dials: readonly { readonly node: number; readonly address: string }[] }
  /** wait until each of its nodes knows so many peers and its topics have settled */
  | { readonly kind: 'settle'; readonly peers: readonly number[] }
  /** take the next block; the node with the number of `miner`, if it is one of its own, publishes it */
  | { readonly kind: 'block'; readonly way: Way; readonly miner: number }
  | { readonly kind: 'count-bytes' }

/** Times are microseconds of the machine's monotonic clock. */
export type PropagationReport =
  | { readonly kind: 'ready'; readonly addresses: readonly string[] }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'taken'
      /** bytes of the block as it is stored */
      readonly blockBytes: number
      /** when the miner handed it to the topic */
      readonly publishedAt: number | undefined
      /** when each node, the miner left out, had connected it */
      readonly connectedAt: readonly number[]
    }
  | {
      readonly kind: 'bytes'
      /** on all sockets, both of libp2p's framing and encryption included */
      readonly received: number
    }
