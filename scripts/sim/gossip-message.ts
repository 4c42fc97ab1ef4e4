import { toHex } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/primitives/hash.ts'
import { digestOfBytes } from './trace.ts'

/** A message of a topic: one object however many nodes hold it. */
export interface GossipMessage {
  readonly topic: string
  readonly data: Uint8Array
  /** for the trace */
  readonly digest: number
}

/** All messages under way, by content. */
export interface GossipMessages {
  of(topic: string, data: Uint8Array): GossipMessage
}

/** So many are remembered, at least, for nodes that publish what others have published. */
const REMEMBERED = 5_000

export function createGossipMessages(): GossipMessages {
  let newer = new Map<string, GossipMessage>()
  let older = new Map<string, GossipMessage>()
  return {
    of(topic, data) {
      const key = `${topic} ${toHex(sha256(data))}`
      const known = newer.get(key) ?? older.get(key)
      if (known !== undefined) return known
      const message = { topic, data, digest: digestOfBytes(data.subarray(0, 256)) ^ data.length }
      newer.set(key, message)
      if (newer.size >= REMEMBERED) {
        older = newer
        newer = new Map()
      }
      return message
    },
  }
}
