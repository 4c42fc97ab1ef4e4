import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { openBackend } from '../../src/platform/node/signature-backend.ts'
import { createSignatures, type SignaturesOptions } from '../../src/platform/node/signatures.ts'
import type { Signatures } from '../../src/ports/signatures.ts'
import { checkHolds, type MultisigCheck, type SignatureCheck } from '../../src/script/signature-check.ts'
import { eventually } from '../support/eventually.ts'
import { testKey } from '../support/key.ts'
import {
  badCheck,
  digestOf,
  goodCheck,
  goodChecks,
  malleated,
  signedBy,
} from '../support/signature-checks.ts'
import { SIGNATURE_EDGES } from '../support/signature-edges.ts'

const IDLE_MAIN = fileURLToPath(new URL('../support/idle-signatures-main.ts', import.meta.url))

let signatures: Signatures
const open = async (options: SignaturesOptions): Promise<Signatures> =>
  (signatures = await createSignatures(options))
afterEach(() => signatures.close())

const withBad = (count: number, ...bad: number[]): SignatureCheck[] =>
  goodChecks(count).map((check, index) => (bad.includes(index) ? badCheck(check) : check))

/** Two of three keys; `by` says which sign. */
function twoOfThree(...by: string[]): MultisigCheck {
  const publicKeys = ['a', 'b', 'c'].map((name) => testKey(name).publicKey)
  return { kind: 'multisig', publicKeys, signatures: by.map((name) => signedBy(name, digestOf('multisig'))) }
}

/** The threads that start until the test ends, each a moment after its start. */
function watchThreads(): Worker[] {
  const threads: Worker[] = []
  const onWorker = (worker: Worker): void => void threads.push(worker)
  process.on('worker', onWorker)
  onTestFinished(() => void process.off('worker', onWorker))
  return threads
}

describe.each(['native', 'wasm', 'noble'] as const)('signatures by %s', (backend) => {
  it('says what it is', async () => {
    await open({ backend, threads: 3 })
    expect(signatures.backend).toBe(backend)
    expect(signatures.threads).toBe(3)
  })

  it('finds the first invalid check on threads as without them', async () => {
    await open({ backend, threads: 2 })
    const { verify } = await openBackend('native')
    const edges = SIGNATURE_EDGES.map(({ check }) => check).filter(
      // other lengths are no checks
      ({ publicKey, digest, signature }) =>
        publicKey.length === 33 && digest.length === 32 && signature.length === 64,
    )
    const uncompressed = { ...twoOfThree('a', 'b'), publicKeys: [undefined, testKey('a').publicKey] }
    const pool = fc.constantFrom<SignatureCheck>(
      ...edges,
      ...edges.filter((check) => checkHolds(check, verify)),
      ...goodChecks(100),
      malleated(goodCheck('malleated')),
      ...Array<MultisigCheck>(10).fill(twoOfThree('a', 'c')),
      twoOfThree('c', 'a'),
      uncompressed,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(pool, { maxLength: 40 }), { maxLength: 4 }), async (jobs) => {
        const answers = await Promise.all(jobs.map((checks) => signatures.firstInvalid(checks)))
        const expected = jobs.map((checks) => checks.findIndex((check) => !checkHolds(check, verify)))
        expect(answers.map((answer) => answer ?? -1)).toEqual(expected)
      }),
      { numRuns: backend === 'noble' ? 8 : 25 },
    )
  })
})

describe('signatures', () => {
  it('are verified by the fastest backend unless told', async () => {
    expect((await open({})).backend).toBe('native')
  })

  it('finds the first invalid check wherever it is', async () => {
    await open({ threads: 2 })
    const index = fc.nat({ max: 299 })
    await fc.assert(
      fc.asyncProperty(fc.array(index, { minLength: 1, maxLength: 3 }), async (bad) => {
        expect(await signatures.firstInvalid(withBad(300, ...bad))).toBe(Math.min(...bad))
      }),
      { numRuns: 20 },
    )
    expect(await signatures.firstInvalid(withBad(300))).toBeUndefined()
  })

  it('start no thread for the checks of a small transaction', async () => {
    await open({ threads: 2 })
    const threads = watchThreads()
    expect(await signatures.firstInvalid(withBad(4, 3))).toBe(3)
    expect(threads).toHaveLength(0)
    await signatures.firstInvalid(withBad(32))
    expect(threads).toHaveLength(2)
  })

  it('answer many jobs at once', async () => {
    await open({ threads: 2 })
    const bad = Array.from({ length: 40 }, (_, job) => (job * 7) % 60)
    const jobs = bad.map((index, job) => withBad(50 + job, index))
    const answers = await Promise.all(jobs.map((checks) => signatures.firstInvalid(checks)))
    expect(answers).toEqual(bad.map((index, job) => (index < 50 + job ? index : undefined)))
  })

  it('are not looked for any more when the signal aborts', async () => {
    await open({ threads: 1 })
    const stop = new AbortController()
    const many = goodChecks(1_000_000)
    const aborted = signatures.firstInvalid(many, stop.signal)
    const next = signatures.firstInvalid(withBad(100, 50))
    stop.abort(new Error('a new tip'))
    await expect(aborted).rejects.toThrow('a new tip')
    // a million would take a minute
    expect(await next).toBe(50)
  })

  it('reject what a thread had that died, and are verified by a new one afterwards', async () => {
    await open({ threads: 1 })
    const threads = watchThreads()
    const job = signatures.firstInvalid(goodChecks(3000))
    const rejected = expect(job).rejects.toMatchObject({ code: 'signature-worker-failed' })
    await eventually('a thread starts', () => threads.length === 1)
    await threads[0]!.terminate()
    await rejected
    expect(await signatures.firstInvalid(withBad(100, 99))).toBe(99)
    expect(threads).toHaveLength(2)
  })

  it('notice that an idle thread has died', async () => {
    await open({ threads: 1 })
    const threads = watchThreads()
    await signatures.firstInvalid(goodChecks(100))
    await threads[0]!.terminate()
    expect(await signatures.firstInvalid(withBad(100, 99))).toBe(99)
  })

  it('reject what is under way when they are closed, and end their threads', async () => {
    await open({ threads: 2 })
    const threads = watchThreads()
    const job = signatures.firstInvalid(goodChecks(20_000))
    const rejected = expect(job).rejects.toMatchObject({ code: 'signatures-closed' })
    await eventually('the threads start', () => threads.length === 2)
    const ended = Promise.all(threads.map((thread) => once(thread, 'exit')))
    await signatures.close()
    await rejected
    await ended
  })

  it('keep a process alive until they are verified, and no longer', async () => {
    await open({})
    const child = spawn(process.execPath, [IDLE_MAIN], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
    expect(output).toBe('first: all hold\nsecond: all hold\n')
    expect(code).toBe(0)
  })

  it('leave the event loop free', async () => {
    await open({ threads: 2 })
    await signatures.firstInvalid(goodChecks(1000))
    const checks = goodChecks(20_000)
    const from = performance.now()
    let last = from
    let longest = 0
    let verifying = true
    const done = signatures.firstInvalid(checks).finally(() => {
      verifying = false
    })
    while (verifying) {
      await delay(1)
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }
    expect(await done).toBeUndefined()
    // a second of work: had the main thread done it in one piece, this would be 1
    expect(longest / (last - from)).toBeLessThan(0.3)
  })
})
