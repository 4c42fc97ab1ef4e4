/** Bits, first in, first out, eight in a byte. */
export interface BitQueue {
  /** that it holds memory for */
  readonly bytes: number
  push(bit: number): void
  /** undefined where there is none left */
  shift(): number | undefined
}

const FIRST_BYTES = 64

export function createBitQueue(): BitQueue {
  let bits = new Uint8Array(FIRST_BYTES)
  let from = 0
  let to = 0
  return {
    get bytes() {
      return bits.length
    },
    push(bit) {
      if (to === bits.length * 8) {
        const more = new Uint8Array(bits.length * 2)
        more.set(bits)
        bits = more
      }
      bits[to >> 3]! |= bit << (to & 7)
      to += 1
    },
    shift() {
      if (from === to) return undefined
      const bit = (bits[from >> 3]! >> (from & 7)) & 1
      from += 1
      return bit
    },
  }
}
