import { createNonceKernel } from '../../src/mining/kernel.ts'
import type { NonceJob, NonceSearch } from '../../src/ports/miner.ts'
import { decodeHeader, type HeaderFields } from '../../src/primitives/header.ts'

/** A search that was asked for and has not ended. */
export interface OpenSearch {
  readonly job: NonceJob
  readonly header: HeaderFields
  readonly signal: AbortSignal
  /** Ends it with the solution. */
  solve(): void
  /** Ends it as if the nonce space held none. */
  exhaust(): void
  fail(error: Error): void
}

export interface PuppetSearch extends NonceSearch {
  /** the search under way, if any */
  readonly current: OpenSearch | undefined
  /** how many have been asked for */
  readonly asked: number
  /** solve each search as soon as it is asked for */
  solving: boolean
  computed: number
}

/** A nonce search whose outcome the test decides. */
export function createPuppetSearch(): PuppetSearch {
  const kernel = createNonceKernel()
  let current: OpenSearch | undefined
  let asked = 0
  const puppet: PuppetSearch = {
    threads: 3,
    solving: false,
    computed: 0,
    get current() {
      return current
    },
    get asked() {
      return asked
    },
    hashes: () => puppet.computed,
    close: () => Promise.resolve(),
    search(job, signal) {
      asked += 1
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
      const decoded = decodeHeader(job.header)
      if (!decoded.ok) throw decoded.error
      const ours: OpenSearch = {
        job,
        header: decoded.value,
        signal,
        solve: () => resolve(kernel.scan({ ...job, start: 0, count: 2 ** 32 })),
        exhaust: () => resolve(undefined),
        fail: reject,
      }
      current = ours
      if (signal.aborted) reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason))
      if (puppet.solving) ours.solve()
      const over = () => {
        if (current === ours) current = undefined
      }
      promise.then(over, over)
      return promise
    },
  }
  return puppet
}
