import type { Clock } from '../ports/clock.ts'
import type { Signatures } from '../ports/signatures.ts'
import type { SignatureCheck } from '../script/signature-check.ts'

/** Checks that go to the threads together, where so many wait: some milliseconds of all threads. */
const MAX_BATCH_CHECKS = 256
/** While the threads are busy, fewer wait for more: handing a job over costs this thread as much as a verification. */
const MIN_BATCH_CHECKS = 64

interface Waiting {
  readonly checks: readonly SignatureCheck[]
  readonly resolve: (invalid: number | undefined) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Verifies the signatures of many transactions together: one alone is too small a job to be handed to a thread, and would
 * be verified on this one. What comes in one turn of the event loop, and while the threads are busy, goes to them as one.
 */
export class SignatureBatches {
  readonly #signatures: Signatures
  readonly #clock: Pick<Clock, 'turn'>
  #waiting: Waiting[] = []
  /** of those that wait */
  #checks = 0
  #underWay = 0
  #isFlushDue = false

  constructor(signatures: Signatures, clock: Pick<Clock, 'turn'>) {
    this.#signatures = signatures
    this.#clock = clock
  }

  /** As `Signatures.firstInvalid`, for the checks of one transaction. */
  firstInvalid(checks: readonly SignatureCheck[]): Promise<number | undefined> {
    if (checks.length === 0) return Promise.resolve(undefined)
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
    this.#waiting.push({ checks, resolve, reject })
    this.#checks += checks.length
    this.#flushSoon()
    return promise
  }

  #flushSoon(): void {
    if (this.#isFlushDue || !this.#isReady()) return
    this.#isFlushDue = true
    void this.#clock.turn().then(() => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #isReady(): boolean {
    if (this.#underWay === 0) return this.#waiting.length > 0
    return this.#checks >= MIN_BATCH_CHECKS && this.#underWay < this.#signatures.threads
  }

  #flush(): void {
    while (this.#isReady()) {
      const batch = this.#take()
      this.#underWay += 1
      void this.#verify(batch).finally(() => {
        this.#underWay -= 1
        this.#flushSoon()
      })
    }
  }

  #take(): Waiting[] {
    let checks = 0
    let end = 0
    while (end < this.#waiting.length && checks < MAX_BATCH_CHECKS)
      checks += this.#waiting[end++]!.checks.length
    return this.#waiting.splice(0, end)
  }

  async #verify(batch: readonly Waiting[]): Promise<void> {
    try {
      const invalid = await this.#signatures.firstInvalid(batch.flatMap(({ checks }) => checks))
      let start = 0
      for (const [index, { checks, resolve }] of batch.entries()) {
        if (invalid === undefined || invalid >= start + checks.length) resolve(undefined)
        else {
          resolve(invalid - start)
          // Nothing is known of the others: each on its own, so that a second one costs no third round.
          await Promise.all(batch.slice(index + 1).map((each) => this.#verifyAlone(each)))
          return
        }
        start += checks.length
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async #verifyAlone({ checks, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.#signatures.firstInvalid(checks))
    } catch (error) {
      reject(error)
    }
  }
}
