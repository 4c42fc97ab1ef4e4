/** Runs asynchronous jobs one after another, in the order in which they were asked for. */
export interface SerialQueue {
  /** Settles as the job does; a job that fails does not stop the ones behind it. */
  run<T>(job: () => Promise<T> | T): Promise<T>
  /** How many jobs wait or run. */
  readonly size: number
  /** Resolves when everything that was asked for so far has settled. */
  idle(): Promise<void>
}

export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve()
  let size = 0
  return {
    run<T>(job: () => Promise<T> | T): Promise<T> {
      size += 1
      const done = last.then(job).finally(() => {
        size -= 1
      })
      last = done.catch(() => {})
      return done
    },
    get size() {
      return size
    },
    async idle() {
      await last
    },
  }
}
