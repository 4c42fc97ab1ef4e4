const SIZE = 624
const SHIFT = 397

/** MT19937 (Matsumoto and Nishimura, 1998), as C++ has it in `std::mt19937`: unsigned 32-bit numbers from a seed. */
export function createMersenneTwister(seed: number): () => number {
  const state = new Uint32Array(SIZE)
  state[0] = seed
  for (let i = 1; i < SIZE; i++) {
    const previous = state[i - 1]!
    state[i] = Math.imul(1_812_433_253, previous ^ (previous >>> 30)) + i
  }

  const twist = (): void => {
    for (let i = 0; i < SIZE; i++) {
      const word = (state[i]! & 0x8000_0000) | (state[(i + 1) % SIZE]! & 0x7fff_ffff)
      state[i] = state[(i + SHIFT) % SIZE]! ^ (word >>> 1) ^ (word & 1 ? 0x9908_b0df : 0)
    }
  }

  let next = SIZE
  return () => {
    if (next === SIZE) {
      twist()
      next = 0
    }
    let word = state[next++]!
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    word ^= word >>> 18
    return word >>> 0
  }
}
