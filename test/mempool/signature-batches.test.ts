import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SignatureBatches } from '../../src/mempool/signature-batches.ts'
import type { Signatures } from '../../src/ports/signatures.ts'
import type { SignatureCheck } from '../../src/script/signature-check.ts'
import { settle } from '../support/network-node.ts'

/** A check that says by its first byte whether it holds. */
const check = (holds: boolean): SignatureCheck => ({
  kind: 'single',
  publicKey: Uint8Array.of(holds ? 1 : 0),
  digest: new Uint8Array(32),
  signature: new Uint8Array(64),
})
const holds = (each: SignatureCheck): boolean => each.kind === 'single' && each.publicKey[0] === 1
const firstInvalid = (checks: readonly SignatureCheck[]): number | undefined => {
  const place = checks.findIndex((each) => !holds(each))
  return place < 0 ? undefined : place
}

/** Threads that answer when the test says so, or at once. */
function setting({ threads = 2, atOnce = false } = {}) {
  const jobs: { readonly checks: readonly SignatureCheck[]; readonly answer: () => void }[] = []
  const signatures: Signatures = {
    backend: 'test',
    threads,
    async firstInvalid(checks) {
      const { promise, resolve } = Promise.withResolvers<void>()
      jobs.push({ checks, answer: resolve })
      if (atOnce) resolve()
      await promise
      return firstInvalid(checks)
    },
    async close() {},
  }
  return { jobs, batches: new SignatureBatches(signatures, { turn: () => settle() }) }
}

describe('signature batches', () => {
  it('say of each transaction what verifying it alone would say', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { maxLength: 4 }), { maxLength: 20 }),
        async (transactions) => {
          const { batches } = setting({ atOnce: true })
          const checks = transactions.map((each) => each.map(check))
          expect(await Promise.all(checks.map((each) => batches.firstInvalid(each)))).toEqual(
            checks.map(firstInvalid),
          )
        },
      ),
      { numRuns: 30 },
    )
  })

  it('hand what comes in one turn to the threads as one job', async () => {
    const { batches, jobs } = setting()
    for (let i = 0; i < 10; i++) void batches.firstInvalid([check(true)])
    expect(jobs).toHaveLength(0)
    await settle()
    await settle()
    expect(jobs.map(({ checks }) => checks.length)).toEqual([10])
  })

  it('let little wait while the threads are busy, and no job grow without bound', async () => {
    const { batches, jobs } = setting()
    const ask = async (count: number) => {
      for (let i = 0; i < count; i++) void batches.firstInvalid([check(true)])
      for (let i = 0; i < 3; i++) await settle()
    }
    await ask(1)
    await ask(10)
    expect(jobs.map(({ checks }) => checks.length)).toEqual([1])
    await ask(1_000)
    expect(jobs.map(({ checks }) => checks.length)).toEqual([1, 256])
    jobs[0]!.answer()
    for (let i = 0; i < 3; i++) await settle()
    expect(jobs.map(({ checks }) => checks.length)).toEqual([1, 256, 256])
  })

  it('ask the threads nothing where there is nothing to verify', async () => {
    const { batches, jobs } = setting()
    expect(await batches.firstInvalid([])).toBeUndefined()
    expect(jobs).toHaveLength(0)
  })

  it('pass a failure of the threads on to all that waited for them', async () => {
    const signatures = { ...setting(), threads: 2, backend: 'test', close: async () => {} }
    const batches = new SignatureBatches(
      { ...signatures, firstInvalid: () => Promise.reject(new Error('broken')) },
      { turn: () => settle() },
    )
    const answers = [batches.firstInvalid([check(true)]), batches.firstInvalid([check(false)])]
    for (const answer of answers) await expect(answer).rejects.toThrow('broken')
  })
})
