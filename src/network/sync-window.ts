import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'

/** Blocks are fetched at most so far ahead of the first one that is missing. */
export const WINDOW_BLOCKS = 1_024

/** A downloaded block that waits for its turn to be decoded and connected. */
export interface Arrival {
  readonly hash: BlockHash
  /** whose header has the hash; nothing else of it has been looked at */
  readonly bytes: Uint8Array
  readonly from: PeerId
}

/** The blocks that are wanted next, in the order in which they are connected, and where each of them stands. */
export interface BlockWindow {
  /** the first that is not connected yet */
  head(): BlockHash | undefined
  readonly size: number
  /** number and sum of bytes of the blocks that wait */
  readonly arrived: number
  readonly arrivedBytes: number
  /** Takes a new order; blocks that are not in it are forgotten. */
  replace(order: readonly BlockHash[]): void
  has(hash: BlockHash): boolean
  /** The first `max` that nobody was asked for and that `suits`, in order. */
  unasked(max: number, suits: (hash: BlockHash) => boolean): BlockHash[]
  ask(hash: BlockHash, peer: PeerId): void
  askedFrom(hash: BlockHash): PeerId | undefined
  /** The peer will not send it: somebody else may be asked. */
  release(hash: BlockHash, peer: PeerId): void
  /** Takes a block that came, if it is wanted and not there yet. */
  arrive(arrival: Arrival): void
  arrival(hash: BlockHash): Arrival | undefined
  /** Takes the head off: it is connected, or has been found wanting. */
  shift(): void
}

export function createBlockWindow(): BlockWindow {
  let order: BlockHash[] = []
  let wanted = new Set<BlockHash>()
  const asked = new Map<BlockHash, PeerId>()
  const arrivals = new Map<BlockHash, Arrival>()
  let arrivedBytes = 0

  function forget(hash: BlockHash): void {
    arrivedBytes -= arrivals.get(hash)?.bytes.length ?? 0
    arrivals.delete(hash)
  }

  return {
    head: () => order[0],
    get size() {
      return order.length
    },
    get arrived() {
      return arrivals.size
    },
    get arrivedBytes() {
      return arrivedBytes
    },
    replace(next) {
      order = [...next]
      wanted = new Set(next)
      for (const hash of [...arrivals.keys()]) if (!wanted.has(hash)) forget(hash)
    },
    has: (hash) => wanted.has(hash),
    unasked(max, suits) {
      const found: BlockHash[] = []
      for (const hash of order) {
        if (found.length === max) break
        if (!asked.has(hash) && !arrivals.has(hash) && suits(hash)) found.push(hash)
      }
      return found
    },
    ask: (hash, peer) => void asked.set(hash, peer),
    askedFrom: (hash) => asked.get(hash),
    release(hash, peer) {
      if (asked.get(hash) === peer) asked.delete(hash)
    },
    arrive(arrival) {
      if (!wanted.has(arrival.hash) || arrivals.has(arrival.hash)) return
      arrivals.set(arrival.hash, arrival)
      arrivedBytes += arrival.bytes.length
    },
    arrival: (hash) => arrivals.get(hash),
    shift() {
      const hash = order.shift()
      if (hash === undefined) return
      wanted.delete(hash)
      forget(hash)
    },
  }
}
