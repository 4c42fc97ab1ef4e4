import { setImmediate as turn } from 'node:timers/promises'
import type { SingleCheck } from '../../src/script/signature-check.ts'
import { median } from './bench.ts'

const WARM_UP_MS = 200
const SLICE_MS = 100

/** Milliseconds of a core that this thread has had: where others want the core too, fewer than have gone by. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/**
 * Signatures that this thread verifies in a second of one core when it does nothing else: the median of slices of
 * 100 ms.
 */
export async function measureNativeRate(
  verify: (check: SingleCheck) => boolean,
  checks: readonly SingleCheck[],
  ms: number,
): Promise<number> {
  let next = 0
  const slice = (length: number): number => {
    const from = threadMs()
    let elapsed = 0
    let count = 0
    while (elapsed < length) {
      for (let i = 0; i < 64; i++) {
        if (!verify(checks[next]!)) throw new Error('a signature of the chain does not hold')
        next = (next + 1) % checks.length
      }
      count += 64
      elapsed = threadMs() - from
    }
    return (count * 1_000) / elapsed
  }
  slice(WARM_UP_MS)
  const rates: number[] = []
  for (let measured = 0; measured < ms; measured += SLICE_MS) {
    await turn()
    rates.push(slice(SLICE_MS))
  }
  return median(rates)
}
