/** What a replay process is to do. */
export interface ReplayJob {
  /** folder of the payment chain */
  readonly chain: string
  /** folder of the LevelDB: a new one, or one that holds the blocks before `from` */
  readonly store: string
  /** places in the file: offered from here on, timed from `timedFrom` on, and up to `to`, without it */
  readonly from: number
  readonly timedFrom: number
  readonly to: number
  /** whether the engine is closed and opened before the timed part, so that its caches are empty */
  readonly reopen: boolean
  readonly indexes: boolean
  /** blocks and bytes that are offered before the first of them is connected; one block in any case */
  readonly windowBlocks: number
  readonly windowBytes: number
  /** milliseconds of signatures alone, before and after; 0 for none */
  readonly nativeMs: number
  /** whether all coins are counted in the end */
  readonly countCoins: boolean
}

/** What it measured; all of the timed part, unless it says otherwise. */
export interface ReplayOutcome {
  readonly blocks: number
  readonly transactions: number
  readonly inputs: number
  readonly bytes: number
  /** before the timed part */
  readonly setUpSeconds: number
  /** until the last block is connected */
  readonly secondsToTip: number
  /** until everything is durable */
  readonly seconds: number
  /** user and system time of all threads */
  readonly cpuSeconds: number
  /** cores that other processes used on average */
  readonly otherCores: number
  /** the most that the process has held in memory, of its whole life */
  readonly peakRssBytes: number
  readonly eventLoopDelayP99Ms: number
  readonly eventLoopDelayMaxMs: number
  /** 0 where it was not measured */
  readonly nativeVerifiesPerSecond: number
  /** start and end in microseconds of the monotonic clock, which V8's profiles use too */
  readonly fromMicroseconds: number
  readonly toMicroseconds: number
}

/** The script of the replay process. */
export const REPLAY: URL = new URL('./replay-main.ts', import.meta.url)

/** What is offered at once unless asked for otherwise. */
export const WINDOW = { windowBlocks: 3, windowBytes: 16_000_000 } as const
