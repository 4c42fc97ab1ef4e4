import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSignaturePool, type VerifyThread } from '../../src/platform/signature-pool.ts'
import { firstInvalidPacked } from '../../src/script/signature-batch.ts'
import type { SingleCheck, VerifySignature } from '../../src/script/signature-check.ts'

const PER_BATCH = 32
const MOST_BATCHES = 8

/** A check that holds or not, as its signature says. */
const check = (holds: boolean): SingleCheck => ({
  kind: 'single',
  publicKey: new Uint8Array(33).fill(2),
  digest: new Uint8Array(32),
  signature: new Uint8Array(64).fill(holds ? 1 : 0),
})
const GOOD = check(true)
const BAD = check(false)
const verify: VerifySignature = (_key, _digest, signature) => signature[0] === 1

const checks = (count: number, ...bad: number[]): SingleCheck[] =>
  Array.from({ length: count }, (_, index) => (bad.includes(index) ? BAD : GOOD))

/** A thread that works when the test says so. */
interface PuppetThread {
  /** places of the first invalid checks of the batches that it has, in their order */
  readonly results: number[]
  readonly sizes: number[]
  held: boolean
  ended: boolean
  /** finishes its oldest batch */
  step(): void
  fail(cause: unknown): void
}

function setUp(threads: number) {
  const puppets: PuppetThread[] = []
  const pool = createSignaturePool(
    { threads, verificationsPerBatch: PER_BATCH, verificationsAtOnce: 4, verify },
    (events): VerifyThread => {
      const puppet: PuppetThread = {
        results: [],
        sizes: [],
        held: false,
        ended: false,
        step: () => events.done(puppet.results.shift()!),
        fail: events.failed,
      }
      puppets.push(puppet)
      return {
        post: (batch) => {
          puppet.results.push(firstInvalidPacked(batch, verify))
          puppet.sizes.push(batch.length / 130)
        },
        hold: (held) => {
          puppet.held = held
        },
        end: async () => {
          puppet.ended = true
        },
      }
    },
  )
  const busy = (): PuppetThread[] => puppets.filter(({ results, ended }) => results.length > 0 && !ended)
  return {
    pool,
    puppets,
    /** batches that threads have */
    posted: () => puppets.reduce((sum, { results }) => sum + results.length, 0),
    /** lets the threads work until nothing is left, in the order that `pick` gives */
    finish(pick: () => number = () => 0) {
      for (let left = busy(); left.length > 0; left = busy()) left[pick() % left.length]!.step()
    },
  }
}

/** Whether the promise has settled once everything that is due has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const mark = (): void => {
    done = true
  }
  promise.then(mark, mark)
  await new Promise(setImmediate)
  return done
}

describe('signature pool', () => {
  it('finds the first invalid check of every job, in whichever order the threads finish', async () => {
    const job = fc.tuple(fc.nat({ max: 700 }), fc.array(fc.nat({ max: 700 }), { maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(job, { maxLength: 6 }),
        fc.infiniteStream(fc.nat({ max: 99 })),
        async (threads, jobs, picks) => {
          const { pool, finish } = setUp(threads)
          const answers = Promise.all(jobs.map(([count, bad]) => pool.firstInvalid(checks(count, ...bad))))
          finish(() => picks.next().value)
          const first = ([count, bad]: [number, number[]]): number | undefined =>
            bad.filter((index) => index < count).sort((a, b) => a - b)[0]
          expect(await answers).toEqual(jobs.map(first))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('answers a job of a few checks at once, without a thread', async () => {
    const { pool, puppets } = setUp(2)
    expect(await pool.firstInvalid([])).toBeUndefined()
    expect(await pool.firstInvalid(checks(4))).toBeUndefined()
    expect(await pool.firstInvalid(checks(4, 2, 3))).toBe(2)
    expect(puppets).toEqual([])
  })

  it('starts every thread before there is anything to do, and says when all have answered', async () => {
    const { pool, puppets, finish } = setUp(3)
    const started = pool.start()
    expect(puppets.map(({ sizes }) => sizes)).toEqual([[0], [0], [0]])
    puppets[0]!.step()
    puppets[2]!.step()
    expect(await settled(started)).toBe(false)
    finish()
    await started
    expect(puppets.map(({ held }) => held)).toEqual([false, false, false])
    const answer = pool.firstInvalid(checks(100, 50))
    finish()
    expect(await answer).toBe(50)
    expect(puppets).toHaveLength(3)
  })

  it('counts a multisig check by its keys', async () => {
    const { pool, puppets } = setUp(1)
    const multisig = {
      kind: 'multisig',
      publicKeys: Array(5).fill(GOOD.publicKey),
      signatures: [GOOD],
    } as const
    const answer = pool.firstInvalid(Array(7).fill(multisig))
    // 35 verifications are two batches of 18, and three of these checks fit in one
    expect(puppets[0]!.results).toHaveLength(3)
    for (let i = 0; i < 3; i++) puppets[0]!.step()
    expect(await answer).toBeUndefined()
  })

  it('spreads a job evenly over all threads', () => {
    const { pool, puppets } = setUp(3)
    void pool.firstInvalid(checks(100))
    expect(puppets.map(({ sizes }) => sizes)).toEqual([
      [17, 17],
      [17, 17],
      [17, 15],
    ])
  })

  it('starts no more threads than a small job fills quarter batches', () => {
    const { pool, puppets } = setUp(16)
    void pool.firstInvalid(checks(20))
    expect(puppets.map(({ sizes }) => sizes)).toEqual([[8], [8], [4]])
  })

  it(`gives a thread no more than ${MOST_BATCHES} batches at a time, and the next as soon as one is done`, () => {
    const { pool, puppets } = setUp(2)
    void pool.firstInvalid(checks(6400))
    expect(puppets.map(({ results }) => results.length)).toEqual([MOST_BATCHES, MOST_BATCHES])
    puppets[1]!.step()
    expect(puppets.map(({ sizes }) => sizes.length)).toEqual([MOST_BATCHES, MOST_BATCHES + 1])
  })

  it('serves jobs in the order in which they came', async () => {
    const { pool, finish } = setUp(2)
    const order: string[] = []
    const ask = (name: string, count: number): Promise<unknown> =>
      pool.firstInvalid(checks(count)).then(() => order.push(name))
    const all = [ask('long', 3000), ask('next', 100), ask('last', 50)]
    finish()
    await Promise.all(all)
    expect(order).toEqual(['long', 'next', 'last'])
  })

  it('lets a second job begin while the first still waits for its last batches', () => {
    const { pool, puppets } = setUp(2)
    void pool.firstInvalid(checks(64))
    void pool.firstInvalid(checks(64))
    expect(puppets.map(({ sizes }) => sizes)).toEqual([
      [32, 32],
      [32, 32],
    ])
  })

  it('drops what has not begun when a check is invalid, but waits for what is before it', async () => {
    const { pool, puppets, posted } = setUp(2)
    const answer = pool.firstInvalid(checks(6400, 40, 3))
    const [first, second] = puppets as [PuppetThread, PuppetThread]
    second.step()
    expect(await settled(answer)).toBe(false)
    expect(posted()).toBe(2 * MOST_BATCHES - 1)
    first.step()
    expect(await answer).toBe(3)
    expect(posted()).toBe(2 * MOST_BATCHES - 2)
  })

  it('does not wait for what is behind an invalid check', async () => {
    const { pool, puppets } = setUp(2)
    const answer = pool.firstInvalid(checks(640, 3))
    puppets[0]!.step()
    expect(await answer).toBe(3)
  })

  it('drops what has not begun when the signal aborts, and goes on with other jobs', async () => {
    const { pool, finish, posted } = setUp(2)
    const stop = new AbortController()
    const aborted = pool.firstInvalid(checks(6400), stop.signal)
    const other = pool.firstInvalid(checks(100, 70))
    const reason = new Error('a new tip')
    stop.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    expect(posted()).toBe(2 * MOST_BATCHES)
    finish()
    expect(await other).toBe(70)
  })

  it('begins nothing for a signal that has aborted', async () => {
    const { pool, puppets } = setUp(2)
    await expect(pool.firstInvalid(checks(2), AbortSignal.abort('early'))).rejects.toBe('early')
    await expect(pool.firstInvalid(checks(100), AbortSignal.abort('early'))).rejects.toBe('early')
    expect(puppets).toEqual([])
  })

  it('rejects what a lost thread had, and gives the rest to others', async () => {
    const { pool, puppets, finish } = setUp(2)
    const [one, two] = [pool.firstInvalid(checks(8)), pool.firstInvalid(checks(8, 5))]
    const cause = new Error('out of memory')
    puppets[0]!.fail(cause)
    puppets[0]!.fail(new Error('exit code 1'))
    await expect(one).rejects.toMatchObject({ code: 'signature-worker-failed', cause })
    expect(puppets[0]!.ended).toBe(true)
    finish()
    expect(await two).toBe(5)
    expect(puppets).toHaveLength(2)

    const later = pool.firstInvalid(checks(100, 99))
    expect(puppets).toHaveLength(3)
    finish()
    expect(await later).toBe(99)
  })

  it('starts another thread for the jobs that wait behind a lost one', async () => {
    const { pool, puppets, finish } = setUp(1)
    const one = pool.firstInvalid(checks(3200))
    const two = pool.firstInvalid(checks(3200, 3000))
    puppets[0]!.fail(new Error('out of memory'))
    await expect(one).rejects.toMatchObject({ code: 'signature-worker-failed' })
    expect(puppets).toHaveLength(2)
    finish()
    expect(await two).toBe(3000)
  })

  it('rejects every job where no thread can be started', async () => {
    const cause = new Error('no memory for a thread')
    const pool = createSignaturePool(
      { threads: 2, verificationsPerBatch: PER_BATCH, verificationsAtOnce: 4, verify },
      () => {
        throw cause
      },
    )
    const failure = { code: 'signature-worker-failed', cause }
    await expect(pool.firstInvalid(checks(100))).rejects.toMatchObject(failure)
    await expect(pool.firstInvalid(checks(100))).rejects.toMatchObject(failure)
  })

  it('keeps the process alive only while a thread works', () => {
    const { pool, puppets, finish } = setUp(2)
    void pool.firstInvalid(checks(640))
    expect(puppets.map(({ held }) => held)).toEqual([true, true])
    finish()
    expect(puppets.map(({ held }) => held)).toEqual([false, false])
    void pool.firstInvalid(checks(5))
    expect(puppets.map(({ held }) => held)).toEqual([true, false])
  })

  it('rejects jobs under way, waiting and later when it closes, and ends the threads', async () => {
    const { pool, puppets } = setUp(1)
    const ended = Promise.allSettled([pool.firstInvalid(checks(6400)), pool.firstInvalid(checks(100))])
    await pool.close()
    const closed = { status: 'rejected', reason: { code: 'signatures-closed' } }
    expect(await ended).toMatchObject([closed, closed])
    expect(puppets.map((puppet) => puppet.ended)).toEqual([true])
    await expect(pool.firstInvalid(checks(1))).rejects.toMatchObject({ code: 'signatures-closed' })
    await expect(pool.firstInvalid(checks(100))).rejects.toMatchObject({ code: 'signatures-closed' })
  })
})
