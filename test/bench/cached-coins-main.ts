/** Fills the coins cache: `node --expose-gc cached-coins-main.ts '<CachedCoinsJob>'` prints a `CachedCoinsOutcome`. */
import { childJob, reportOutcome } from './child.ts'
import { openPaymentChain, readBlocks } from './payment-chain.ts'
import { openEngine } from './replay-engine.ts'

export interface CachedCoinsJob {
  /** folder of the payment chain */
  readonly chain: string
  /** of a new LevelDB */
  readonly store: string
}

/** At the block after which the cache held the most coins. */
export interface CachedCoinsOutcome {
  readonly coins: number
  /** as the cache counts them itself */
  readonly bytes: number
  /** by which the memory that is in use has grown since the engine was opened */
  readonly measuredBytes: number
}

/** Bytes of objects and buffers that are still referred to. */
function memoryInUse(): number {
  globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function fillCache({ chain: folder, store }: CachedCoinsJob): Promise<CachedCoinsOutcome> {
  const chain = await openPaymentChain(folder)
  const engine = await openEngine({ folder: store, indexes: false, lastTime: chain.lastTime })
  let fullest: CachedCoinsOutcome = { coins: 0, bytes: 0, measuredBytes: 0 }
  try {
    const before = memoryInUse()
    for await (const bytes of readBlocks(chain, 0, chain.setUpBlocks)) {
      await engine.offer(bytes)
      const cached = engine.chain.cacheSize()
      if (cached.coins > fullest.coins) fullest = { ...cached, measuredBytes: memoryInUse() - before }
    }
    return fullest
  } finally {
    await engine.stop()
    await engine.close()
  }
}

reportOutcome(await fillCache(childJob<CachedCoinsJob>()))
