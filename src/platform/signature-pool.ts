import { CairnError, errorMessage, invariant } from '../base/errors.ts'
import type { Signatures } from '../ports/signatures.ts'
import { firstInvalidPacked, packChecks, verificationsOf } from '../script/signature-batch.ts'
import type { SignatureCheck, VerifySignature } from '../script/signature-check.ts'

/**
 * Batches that a thread has at a time: one to work on, and others so that it does not idle while the main thread
 * connects a block. With batches of 1.7 ms, a thread keeps 89 % of its speed beside a main thread that looks up every
 * 12 ms; with two batches it keeps 28 %.
 */
const BATCHES_PER_THREAD = 8

/** Small jobs are spread over all threads in batches down to this part of a full one. */
const SMALLEST_BATCH = 1 / 4

/** A thread that verifies packed batches in the order in which they are posted. */
export interface VerifyThread {
  /** hands a batch over: the caller may not touch it any more */
  post(batch: Uint8Array<ArrayBuffer>): void
  /** whether the process has to stay alive for it; not, at first */
  hold(held: boolean): void
  end(): Promise<unknown>
}

export interface VerifyThreadEvents {
  /** the next batch is done: the place of its first check that does not hold, or -1 */
  done(place: number): void
  /** the thread has ended or is of no use any more; may be told more than once */
  failed(cause: unknown): void
}

export interface SignaturePoolOptions {
  /** at least 1 */
  readonly threads: number
  /** how many verifications go into a batch: a few milliseconds' worth */
  readonly verificationsPerBatch: number
  /** jobs of so many verifications are done at once on the calling thread, with `verify` */
  readonly verificationsAtOnce: number
  readonly verify: VerifySignature
}

export interface SignaturePool extends Omit<Signatures, 'backend'> {
  /** Starts the threads that are not there yet, before there is anything to do; resolves when all of them are ready. */
  start(): Promise<void>
}

interface Job {
  /**
   * what no thread has been given yet, packed at once: a batch is a tenth of the memory of its checks, none of which the
   * garbage collector has to look at
   */
  batches: PackedBatch[]
  /** indices at which the batches begin that threads have now */
  readonly underWay: Set<number>
  /** the lowest index known to be invalid */
  invalid: number | undefined
  readonly resolve: (invalid: number | undefined) => void
  readonly reject: (reason: unknown) => void
}

interface PackedBatch {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** index of its first check */
  readonly start: number
}

interface Member {
  readonly thread: VerifyThread
  /** what it has, in the order in which it will be done */
  readonly batches: { readonly job: Job; readonly start: number }[]
}

/**
 * Shares signature checks out among threads: jobs are cut into batches, first come first served. A thread is started
 * by `start`, or when there is something to do and all others are busy, and kept until `close`; they keep the process alive only
 * while they work. A batch that no thread has been given yet is dropped when its job aborts or has an invalid check
 * before it.
 *
 * Rejects with `signature-worker-failed` what a thread had when it broke down (others take its place) and with
 * `signatures-closed` once it is closed.
 */
export function createSignaturePool(
  { threads, verificationsPerBatch, verificationsAtOnce, verify }: SignaturePoolOptions,
  startThread: (events: VerifyThreadEvents) => VerifyThread,
): SignaturePool {
  invariant(Number.isSafeInteger(threads) && threads >= 1, 'threads verify signatures')
  const open = new Set<Job>()
  const waiting: Job[] = []
  const members = new Set<Member>()
  let closed = false

  const closedError = (): CairnError =>
    new CairnError('signatures-closed', 'signatures are not verified any more')

  function withdraw(job: Job): void {
    job.batches = []
    const place = waiting.indexOf(job)
    if (place >= 0) waiting.splice(place, 1)
  }

  function fail(job: Job, reason: unknown): void {
    if (!open.delete(job)) return
    withdraw(job)
    job.reject(reason)
  }

  function failedError(cause: unknown): CairnError {
    return new CairnError(
      'signature-worker-failed',
      `a thread that verifies signatures failed: ${errorMessage(cause)}`,
      {},
      cause,
    )
  }

  function lose(member: Member, cause: unknown): void {
    if (!members.delete(member)) return
    void member.thread.end()
    for (const { job } of member.batches) fail(job, failedError(cause))
    share()
  }

  function done(member: Member, place: number): void {
    if (!members.has(member)) return
    const { job, start } = member.batches.shift()!
    if (member.batches.length === 0) member.thread.hold(false)
    job.underWay.delete(start)
    if (place >= 0) {
      job.invalid = Math.min(start + place, job.invalid ?? Number.POSITIVE_INFINITY)
      withdraw(job)
    }
    settle(job)
    share()
  }

  /** Answers as soon as nothing that is under way could change the answer. */
  function settle(job: Job): void {
    const { invalid, underWay } = job
    for (const start of underWay) if (invalid === undefined || start < invalid) return
    if (job.batches.length > 0 || !open.delete(job)) return
    job.resolve(invalid)
  }

  function start(events: VerifyThreadEvents): VerifyThread {
    try {
      return startThread(events)
    } catch (cause) {
      throw failedError(cause)
    }
  }

  function hire(): Member {
    const thread = start({ done: (place) => done(member, place), failed: (cause) => lose(member, cause) })
    const member: Member = { thread, batches: [] }
    members.add(member)
    return member
  }

  /** The thread that has the least to do: a new one rather than one that works. */
  function freest(): Member | undefined {
    let free: Member | undefined
    for (const member of members)
      if (free === undefined || member.batches.length < free.batches.length) free = member
    if (free === undefined || (free.batches.length > 0 && members.size < threads)) return hire()
    return free.batches.length < BATCHES_PER_THREAD ? free : undefined
  }

  function share(): void {
    for (let job = waiting[0]; job !== undefined; job = waiting[0]) {
      try {
        const member = freest()
        if (member === undefined) return
        give(member, job)
      } catch (cause) {
        fail(job, cause)
      }
    }
  }

  function give(member: Member, job: Job): void {
    const { bytes, start } = job.batches.shift()!
    if (member.batches.length === 0) member.thread.hold(true)
    member.thread.post(bytes)
    member.batches.push({ job, start })
    job.underWay.add(start)
    if (job.batches.length === 0) waiting.shift()
  }

  /** Batches of one size, as many on each thread. */
  function batchOf(verifications: number): number {
    const rounds = Math.ceil(verifications / (threads * verificationsPerBatch))
    const even = Math.ceil(verifications / (threads * rounds))
    return Math.max(even, verificationsPerBatch * SMALLEST_BATCH)
  }

  function packAll(checks: readonly SignatureCheck[], batch: number): PackedBatch[] {
    const batches: PackedBatch[] = []
    for (let start = 0; start < checks.length; ) {
      const { bytes, end } = packChecks(checks, start, batch)
      batches.push({ bytes, start })
      start = end
    }
    return batches
  }

  function submit(batches: PackedBatch[], signal?: AbortSignal): Promise<number | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    const job: Job = { batches, underWay: new Set(), invalid: undefined, resolve, reject }
    open.add(job)
    waiting.push(job)
    share()
    if (signal === undefined) return promise
    const onAbort = (): void => fail(job, signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  return {
    threads,
    async start() {
      if (closed) throw closedError()
      // Empty batches, of which each thread gets one: whoever has answered has loaded all that it needs.
      await submit(Array.from({ length: threads }, (_, start) => ({ bytes: new Uint8Array(0), start })))
    },
    async firstInvalid(checks, signal) {
      if (closed) throw closedError()
      signal?.throwIfAborted()
      const verifications = checks.reduce((sum, check) => sum + verificationsOf(check), 0)
      if (verifications > verificationsAtOnce) return submit(packAll(checks, batchOf(verifications)), signal)
      const place = firstInvalidPacked(packChecks(checks, 0, verifications).bytes, verify)
      return place < 0 ? undefined : place
    },
    async close() {
      closed = true
      for (const job of open) fail(job, closedError())
      const ending = [...members].map(({ thread }) => thread.end())
      members.clear()
      await Promise.all(ending)
    },
  }
}
