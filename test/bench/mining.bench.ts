import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createSHA256 } from 'hash-wasm'
import { builtInNetwork } from '../../src/consensus/networks.ts'
import { createNonceSearch } from '../../src/platform/node/nonce-search.ts'
import type { NonceSearch } from '../../src/ports/miner.ts'
import { encodeHeader } from '../../src/primitives/header.ts'
import { atLeast, type Bench, median } from './bench.ts'

const HEADER = encodeHeader(builtInNetwork('main').genesis.header)
/** No hash is at most this: the search never ends by itself. */
const IMPOSSIBLE = 0n

interface SearchRate {
  readonly hashesPerSecond: number
  /** how many cores' worth of time the machine gave this process meanwhile */
  readonly cores: number
}

/** What a search does in `ms` milliseconds. */
async function measureSearch(search: NonceSearch, ms: number): Promise<SearchRate> {
  const stop = new AbortController()
  const ended = search.search({ header: HEADER, target: IMPOSSIBLE }, stop.signal).catch(() => {})
  // Until each thread has got to work.
  await delay(50)
  const [from, before, usage] = [performance.now(), search.hashes(), process.cpuUsage()]
  await delay(ms)
  const elapsed = performance.now() - from
  const hashes = search.hashes() - before
  const { user, system } = process.cpuUsage(usage)
  stop.abort()
  await ended
  return { hashesPerSecond: (hashes * 1000) / elapsed, cores: (user + system) / 1000 / elapsed }
}

/** Double SHA-256 of the header, one nonce after another, by hash-wasm in this thread: hashes a second. */
async function createHashWasmRate(): Promise<(ms: number) => number> {
  const hasher = await createSHA256()
  const header = HEADER.slice()
  const view = new DataView(header.buffer)
  return (ms) => {
    const from = performance.now()
    let elapsed = 0
    let hashes = 0
    while (elapsed < ms) {
      for (let i = 0; i < 1_000; i++) {
        view.setUint32(76, hashes++, true)
        const inner = hasher.init().update(header).digest('binary')
        hasher.init().update(inner).digest('binary')
      }
      elapsed = performance.now() - from
    }
    return (hashes * 1000) / elapsed
  }
}

export const bench: Bench = {
  name: 'mining',
  description: 'hashes a second of the nonce kernel in one thread and in all, next to hash-wasm',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '11' },
        milliseconds: { type: 'string', default: '600' },
      },
    })
    const [rounds, ms] = [Number(values.rounds), Number(values.milliseconds)]
    const allThreads = availableParallelism()
    const searches = new Map([1, 2, allThreads].map((threads) => [threads, createNonceSearch({ threads })]))
    const hashWasmRate = await createHashWasmRate()

    // The engine compiles the kernel anew, with optimisations, once it has seen it run.
    for (const search of searches.values()) await measureSearch(search, 1_000)
    hashWasmRate(500)

    const measured = new Map([...searches.keys()].map((threads) => [threads, [] as SearchRate[]]))
    const hashWasm: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const [threads, search] of searches) measured.get(threads)!.push(await measureSearch(search, ms))
      hashWasm.push(hashWasmRate(ms))
      process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    }
    for (const search of searches.values()) await search.close()

    const ratio = (over: readonly number[], under: readonly number[]): number =>
      median(over.map((value, round) => value / under[round]!))
    const ratesOf = (threads: number) => measured.get(threads)!.map((rate) => rate.hashesPerSecond)
    const [one, two, all] = [ratesOf(1), ratesOf(2), ratesOf(allThreads)]
    const figures = {
      kernelHashesPerSecondOneThread: median(one),
      kernelHashesPerSecondTwoThreads: median(two),
      kernelHashesPerSecondAllThreads: median(all),
      hashWasmHashesPerSecond: median(hashWasm),
      kernelOverHashWasm: ratio(one, hashWasm),
      twoThreadsOverOne: ratio(two, one),
      twoThreadsCpuCores: median(measured.get(2)!.map((rate) => rate.cores)),
      allThreadsCount: allThreads,
    }
    return {
      figures,
      goals: [atLeast(figures, 'kernelOverHashWasm', 7), atLeast(figures, 'twoThreadsOverOne', 1.7)],
    }
  },
}
