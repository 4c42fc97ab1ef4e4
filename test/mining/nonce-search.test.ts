import { afterEach, describe, expect, it } from 'vitest'
import { createNonceSearch, type NonceSearchOptions } from '../../src/platform/node/nonce-search.ts'
import type { NonceJob, NonceSearch } from '../../src/ports/miner.ts'
import { hashWithNonce } from './naive-scan.ts'

const never = new AbortController().signal
const header = Uint8Array.from({ length: 80 }, (_, i) => i)
const EASY: NonceJob = { header, target: 1n << 244n }
const IMPOSSIBLE: NonceJob = { header, target: 0n }

let search: NonceSearch
const open = (options: NonceSearchOptions): NonceSearch => (search = createNonceSearch(options))
afterEach(() => search.close())

/** Resolves once the threads have computed more hashes than by now. */
async function busy(): Promise<void> {
  const before = search.hashes()
  while (search.hashes() === before) await new Promise((resolve) => setTimeout(resolve, 1))
}

describe('nonce search', () => {
  it.each([1, 2, 3])('finds a solution on %i threads', async (threads) => {
    open({ threads })
    const nonce = await search.search(EASY, never)
    expect(hashWithNonce(header, nonce!)).toBeLessThanOrEqual(EASY.target)
    expect(search.hashes()).toBeGreaterThan(0)
  })

  it('says so when the whole nonce space holds no solution, having tried each nonce once', async () => {
    open({ threads: 2, nonces: 2 ** 19 })
    expect(await search.search(IMPOSSIBLE, never)).toBeUndefined()
    expect(search.hashes()).toBe(2 ** 19)
  })

  it('rejects with the reason of the signal when it aborts, and stops hashing', async () => {
    open({ threads: 2 })
    const stop = new AbortController()
    const running = search.search(IMPOSSIBLE, stop.signal)
    await busy()
    const reason = new Error('a new tip')
    stop.abort(reason)
    await expect(running).rejects.toBe(reason)

    // Had they gone on, the threads would not get to the next search.
    expect(await search.search(EASY, never)).toBeTypeOf('number')
    const hashes = search.hashes()
    expect(await search.search(EASY, never)).toBeTypeOf('number')
    expect(search.hashes() - hashes).toBeLessThan(2 ** 20)
  })

  it('does not begin a search whose signal has aborted, before or while it waits', async () => {
    open({ threads: 1 })
    await expect(search.search(EASY, AbortSignal.abort('early'))).rejects.toBe('early')

    const [first, second] = [new AbortController(), new AbortController()]
    const running = search.search(IMPOSSIBLE, first.signal)
    const waiting = search.search(EASY, second.signal)
    await busy()
    second.abort('late')
    await expect(waiting).rejects.toBe('late')
    first.abort('done')
    await expect(running).rejects.toBe('done')
  })

  it('lets a second search wait for the first', async () => {
    open({ threads: 2, nonces: 2 ** 18 })
    const order: string[] = []
    const first = search.search(IMPOSSIBLE, never).then(() => order.push('first'))
    const second = search.search(EASY, never).then(() => order.push('second'))
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
  })

  it('rejects when a thread breaks down, and works again afterwards', async () => {
    open({ threads: 2 })
    const tooShort = { header: header.subarray(1), target: 0n }
    await expect(search.search(tooShort, never)).rejects.toMatchObject({ code: 'mining-worker-failed' })
    expect(await search.search(EASY, never)).toBeTypeOf('number')
  })

  it('ends running, waiting and later searches when it closes', async () => {
    open({ threads: 2 })
    const running = search.search(IMPOSSIBLE, never)
    const waiting = search.search(EASY, never)
    const ended = Promise.allSettled([running, waiting])
    await busy()
    await search.close()
    const closed = { status: 'rejected', reason: { code: 'nonce-search-closed' } }
    expect(await ended).toMatchObject([closed, closed])
    await expect(search.search(EASY, never)).rejects.toMatchObject({ code: 'nonce-search-closed' })
  })
})
