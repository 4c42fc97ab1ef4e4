/** Items in the order of a score that was current when they were put in: highest first, then lowest `tie`. */
export class ScoreQueue<T> {
  /** a binary heap: each node's children, at 2i + 1 and 2i + 2, come after it */
  readonly #heap: { readonly item: T; readonly score: number; readonly tie: number }[] = []

  push(item: T, score: number, tie: number): void {
    const heap = this.#heap
    heap.push({ item, score, tie })
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) break
      this.#swap(at, parent)
      at = parent
    }
  }

  /** Takes the first item out. */
  pop(): { readonly item: T; readonly score: number } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= heap.length) break
      const child = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left
      if (!this.#before(child, at)) break
      this.#swap(at, child)
      at = child
    }
    return first
  }

  #before(a: number, b: number): boolean {
    const [left, right] = [this.#heap[a]!, this.#heap[b]!]
    return left.score === right.score ? left.tie < right.tie : left.score > right.score
  }

  #swap(a: number, b: number): void {
    const moved = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = moved
  }
}
