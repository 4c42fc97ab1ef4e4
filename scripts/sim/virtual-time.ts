/** Something that happens later, unless it is cancelled. */
export interface Timer {
  /** virtual milliseconds since the start */
  readonly at: number
  readonly order: number
  /** undefined once it has run or was cancelled; `false` says that it has woken nothing that waits */
  run: (() => unknown) | undefined
}

/** The time of a simulated world: it stands still while anything happens, and jumps to what happens next. */
export interface VirtualTime {
  /** virtual milliseconds since the start */
  readonly now: number
  /** how many timers have run */
  readonly events: number
  /** Has `run` called in `ms`, after whatever was asked for the same moment before. */
  after(ms: number, run: () => unknown): Timer
  /** Plays everything up to `until`. Rejects with what is thrown, or with the signal's reason. */
  play(until: number, signal?: AbortSignal): Promise<void>
}

/** Turns of Node's event loop that are asked for at once: between two of them all microtasks run. */
const TURNS = 256

export function createVirtualTime(): VirtualTime {
  const heap: Timer[] = []
  let now = 0
  let events = 0
  let order = 0

  const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(timer: Timer): void {
    let at = heap.length
    heap.push(timer)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent]!, timer)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = timer
  }

  function pop(): Timer {
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (isBefore(last, heap[child]!)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }

  /** Runs events until one may have woken something; false where none is left before `until`. */
  function step(until: number): boolean {
    for (;;) {
      const next = heap[0]
      if (next === undefined || next.at > until) return false
      pop()
      const { run } = next
      if (run === undefined) continue
      next.run = undefined
      now = next.at
      events += 1
      if (run() !== false) return true
    }
  }

  return {
    get now() {
      return now
    },
    get events() {
      return events
    },
    after(ms, run) {
      // Whole microseconds: sums of fractions would differ by the order in which they were made.
      const timer = { at: now + Math.max(0, Math.round(ms * 1000) / 1000), order: order++, run }
      push(timer)
      return timer
    },
    play(until, signal) {
      return new Promise((resolve, reject) => {
        let turns = 0
        let ended = false
        const end = (leave: () => void): void => {
          ended = true
          leave()
        }
        const turn = (): void => {
          turns -= 1
          if (ended) return
          try {
            if (!step(until)) {
              now = Math.max(now, until)
              end(resolve)
              return
            }
            if (turns > 0) return
            signal?.throwIfAborted()
            refill()
          } catch (error) {
            end(() => reject(error))
          }
        }
        const refill = (): void => {
          for (; turns < TURNS; turns++) setImmediate(turn)
        }
        refill()
      })
    },
  }
}

/** Takes a timer back. */
export function cancelTimer(timer: Timer): void {
  timer.run = undefined
}
