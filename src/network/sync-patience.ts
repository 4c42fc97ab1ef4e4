/** A peer that holds up all the others for this long is replaced; doubles each time, and shrinks with each block. */
const MIN_STALL_MS = 2_000
const MAX_STALL_MS = 64_000
const STALL_DECAY = 0.85

/** How long a peer may hold the others up: a line that is slow for all would otherwise cost us every peer. */
export interface StallPatience {
  readonly ms: number
  /** A peer was replaced. */
  replaced(): void
  /** A block was connected. */
  connected(): void
}

export function createStallPatience(): StallPatience {
  let ms = MIN_STALL_MS
  return {
    get ms() {
      return ms
    },
    replaced() {
      ms = Math.min(2 * ms, MAX_STALL_MS)
    },
    connected() {
      ms = Math.max(MIN_STALL_MS, ms * STALL_DECAY)
    },
  }
}
