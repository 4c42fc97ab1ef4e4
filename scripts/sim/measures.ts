import type { BlockHash, Txid } from '../../src/primitives/hash.ts'
import type { GossipOutcome } from './sim-gossip.ts'

/** Delays of many kinds of which shares are asked for. */
export interface Delays {
  add(ms: number): void
  readonly count: number
  /** below which so large a share of them lies; 0 where there are none */
  quantile(share: number): number
}

export function createDelays(): Delays {
  const values: number[] = []
  let sorted = true
  return {
    add(ms) {
      values.push(ms)
      sorted = false
    },
    get count() {
      return values.length
    },
    quantile(share) {
      if (!sorted) values.sort((a, b) => a - b)
      sorted = true
      return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0
    },
  }
}

/** Bytes that came in at honest nodes, by what they were for. */
export interface Traffic {
  blocks: number
  transactions: number
  gossipControl: number
  streams: number
}

export interface Counts {
  first: number
  duplicate: number
}

/** When blocks and transactions were made, and when each node had them. */
export interface Measures {
  readonly blockDelays: Delays
  readonly transactionDelays: Delays
  readonly traffic: Traffic
  /** messages of each topic at honest nodes */
  readonly blockMessages: Counts
  readonly transactionMessages: Counts
  /** blocks that were mined during the run, with their heights */
  readonly mined: ReadonlyMap<BlockHash, { readonly at: number; readonly by: number }>
  minedBlock(hash: BlockHash, by: number): void
  /** @param upSince - virtual time at which the node started */
  hasBlock(hash: BlockHash, upSince: number): void
  sentTransaction(txid: Txid): void
  /** @param upSince - virtual time at which the node started */
  hasTransaction(txid: Txid, upSince: number): void
  gossip(topic: string, bytes: number, outcome: GossipOutcome): void
  stream(bytes: number): void
}

/** Later ones are not propagation: the node was cut off, or syncs. */
const MAX_DELAY_MS = 60_000
/** A node that has just started has no peers yet. */
const SETTLING_MS = 15_000

/** @param now - virtual milliseconds */
export function createMeasures(now: () => number): Measures {
  const mined = new Map<BlockHash, { at: number; by: number }>()
  const sent = new Map<Txid, number>()
  const blockDelays = createDelays()
  const transactionDelays = createDelays()
  const traffic: Traffic = { blocks: 0, transactions: 0, gossipControl: 0, streams: 0 }
  const blockMessages: Counts = { first: 0, duplicate: 0 }
  const transactionMessages: Counts = { first: 0, duplicate: 0 }
  const note = (delays: Delays, since: number | undefined, upSince: number): void => {
    if (since === undefined || now() - since > MAX_DELAY_MS || since < upSince + SETTLING_MS) return
    delays.add(now() - since)
  }
  return {
    blockDelays,
    transactionDelays,
    traffic,
    blockMessages,
    transactionMessages,
    mined,
    minedBlock: (hash, by) => void mined.set(hash, { at: now(), by }),
    hasBlock: (hash, upSince) => note(blockDelays, mined.get(hash)?.at, upSince),
    sentTransaction: (txid) => void sent.set(txid, now()),
    hasTransaction: (txid, upSince) => note(transactionDelays, sent.get(txid), upSince),
    gossip(topic, bytes, outcome) {
      if (outcome === 'control') {
        traffic.gossipControl += bytes
        return
      }
      const isBlock = topic.includes('/block/')
      traffic[isBlock ? 'blocks' : 'transactions'] += bytes
      const counts = isBlock ? blockMessages : transactionMessages
      counts[outcome] += 1
    },
    stream(bytes) {
      traffic.streams += bytes
    },
  }
}
