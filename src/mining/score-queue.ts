/**
 * Indices in the order of a score that was current when they were put in: highest first, then lowest index. A binary
 * heap over plain numbers: with tens of thousands of items, an object for each would cost more than all the rest.
 */
export class ScoreQueue {
  /** a node's children, at 2i + 1 and 2i + 2, come after it */
  #indices: Int32Array
  #scores: Float64Array
  #size: number

  /** @param scores - of the indices from 0 on; NaN for one that stays out */
  constructor(scores: Float64Array) {
    this.#indices = new Int32Array(scores.length)
    this.#scores = new Float64Array(scores.length)
    this.#size = 0
    for (const [index, score] of scores.entries()) {
      if (Number.isNaN(score)) continue
      this.#indices[this.#size] = index
      this.#scores[this.#size++] = score
    }
    for (let at = (this.#size >> 1) - 1; at >= 0; at--) this.#sink(at, this.#indices[at]!, this.#scores[at]!)
  }

  /** The score of the first item, which `pop` takes out next. */
  get topScore(): number {
    return this.#scores[0]!
  }

  push(index: number, score: number): void {
    if (this.#size === this.#indices.length) this.#grow()
    let at = this.#size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(score, index, parent)) break
      this.#move(parent, at)
      at = parent
    }
    this.#indices[at] = index
    this.#scores[at] = score
  }

  /** Takes the first item out; undefined where there is none. */
  pop(): number | undefined {
    if (this.#size === 0) return undefined
    const first = this.#indices[0]!
    this.#size -= 1
    this.#sink(0, this.#indices[this.#size]!, this.#scores[this.#size]!)
    return first
  }

  #sink(from: number, index: number, score: number): void {
    let at = from
    while (true) {
      let child = 2 * at + 1
      if (child >= this.#size) break
      const right = child + 1
      if (right < this.#size && this.#isBefore(this.#scores[right]!, this.#indices[right]!, child))
        child = right
      if (this.#isBefore(score, index, child)) break
      this.#move(child, at)
      at = child
    }
    this.#indices[at] = index
    this.#scores[at] = score
  }

  #isBefore(score: number, index: number, at: number): boolean {
    const other = this.#scores[at]!
    return score === other ? index < this.#indices[at]! : score > other
  }

  #move(from: number, to: number): void {
    this.#indices[to] = this.#indices[from]!
    this.#scores[to] = this.#scores[from]!
  }

  #grow(): void {
    const [indices, scores] = [this.#indices, this.#scores]
    this.#indices = new Int32Array(2 * indices.length)
    this.#scores = new Float64Array(2 * indices.length)
    this.#indices.set(indices)
    this.#scores.set(scores)
  }
}
