import type { Pending } from './pending.ts'

/**
 * The order in which pending transactions have to go: the lowest descendant score first. A binary heap, made at once
 * from all of them. One that comes up with a score that has risen since is put back; one whose score may have fallen has
 * to be put in again.
 */
export class EvictionOrder {
  readonly #heap: { readonly pending: Pending; score: number }[]

  constructor(all: readonly Pending[]) {
    this.#heap = all.map((pending) => ({ pending, score: pending.descendantScore }))
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  /** The first of those that `isPending` still holds for. */
  next(isPending: (pending: Pending) => boolean): Pending | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (isPending(first.pending)) {
        const score = first.pending.descendantScore
        if (score <= first.score) return first.pending
        first.score = score
      } else {
        const last = this.#heap.pop()!
        if (this.#heap.length === 0) return undefined
        this.#heap[0] = last
      }
      this.#sink(0)
    }
    return undefined
  }

  /** Puts those in again that something which has gone built on: where it paid much, their scores are lower now. */
  reconsider(pendings: Iterable<Pending>): void {
    for (const pending of pendings) {
      const score = pending.descendantScore
      let at = this.#heap.length
      this.#heap.push({ pending, score })
      while (at > 0) {
        const above = (at - 1) >> 1
        if (this.#heap[above]!.score <= score) break
        this.#heap[at] = this.#heap[above]!
        at = above
      }
      this.#heap[at] = { pending, score }
    }
  }

  #sink(from: number): void {
    const heap = this.#heap
    const moved = heap[from]!
    let at = from
    while (true) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const child = left + 1 < heap.length && heap[left + 1]!.score < heap[left]!.score ? left + 1 : left
      if (heap[child]!.score >= moved.score) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = moved
  }
}
