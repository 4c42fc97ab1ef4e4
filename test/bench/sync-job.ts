/** What a process of the bench `sync` is to do. */
export interface SyncJob {
  readonly role: 'sender' | 'receiver'
  /** of its key and its peer database */
  readonly folder: string
  /** folder of the payment chain */
  readonly chain: string
  /** folder of the LevelDB: a sender's holds the whole chain, a receiver's is new */
  readonly store: string
  /** multiaddrs to dial at once when the clock is started */
  readonly senders: readonly string[]
}

/** A sender's lines: the first when it listens, the second when it has been told to end. */
export type SenderReport =
  | { readonly event: 'started'; readonly address: string }
  /** bytes, `baselineRss` before the first peer came */
  | {
      readonly event: 'ended'
      readonly peakRss: number
      readonly baselineRss: number
      readonly cpuSeconds: number
    }

/** Times from the first dial until everything is durable. */
export interface ReceiverOutcome {
  readonly transactions: number
  readonly bytes: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakRssBytes: number
  readonly eventLoopDelayP99Ms: number
  readonly eventLoopDelayMaxMs: number
  /** cores that other processes used, the senders among them */
  readonly otherCores: number
  readonly fromMicroseconds: number
  readonly toMicroseconds: number
}

/** The script of both. */
export const SYNC_NODE: URL = new URL('./sync-main.ts', import.meta.url)
