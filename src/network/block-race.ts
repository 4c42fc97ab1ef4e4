import type { RollingSet } from '../base/rolling-set.ts'
import type { Clock } from '../ports/clock.ts'
import type { PeerId } from '../ports/transport.ts'
import { createWaker } from './waker.ts'

/** Peers that are asked for one block, one after another. */
const MAX_ASKED = 8
/** And of these at once, as in Bitcoin Core. */
const MAX_ASKED_AT_ONCE = 3
/** A peer that has not given the block for so long gets company; doubles each time, and shrinks with each block. */
export const PATIENCE_MS = 2_000
const MAX_PATIENCE_MS = 8_000
const PATIENCE_DECAY = 0.85

/** How long peers are waited for. It grows where all are slow: then it is us, or the line, and more copies do not help. */
export interface Patience {
  readonly ms: number
  /** a peer had to get company */
  tried(): void
  /** a block came without */
  rewarded(): void
}

export function createPatience(): Patience {
  let ms = PATIENCE_MS
  return {
    get ms() {
      return ms
    },
    tried() {
      ms = Math.min(2 * ms, MAX_PATIENCE_MS)
    },
    rewarded() {
      ms = Math.max(PATIENCE_MS, ms * PATIENCE_DECAY)
    },
  }
}

export interface BlockRace<T> {
  /** the next peer to ask, undefined where there is none (any more) */
  readonly nextPeer: () => PeerId | undefined
  /** asks one peer; undefined where nothing comes of it */
  readonly ask: (peer: PeerId, signal: AbortSignal) => Promise<T | undefined>
  /** peers that kept us waiting for nothing last time: they get company at once */
  readonly slow: RollingSet<PeerId>
  readonly patience: Patience
}

export interface RaceWon<T> {
  readonly value: T
  readonly peer: PeerId
}

/** Asks peers until one gives what is asked for, and lets go of the others then. Rejects with the signal's reason. */
export async function raceForBlock<T>(
  { nextPeer, ask, slow, patience }: BlockRace<T>,
  clock: Clock,
  outer: AbortSignal,
): Promise<RaceWon<T> | undefined> {
  const over = new AbortController()
  const signal = AbortSignal.any([outer, over.signal])
  const waker = createWaker(clock)
  let running = 0
  let asked = 0
  let won: RaceWon<T> | undefined

  async function run(peer: PeerId): Promise<void> {
    asked += 1
    running += 1
    const since = clock.monotonic()
    try {
      const value = await ask(peer, signal)
      if (value !== undefined) won ??= { value, peer }
    } finally {
      if (won?.peer === peer) slow.delete(peer)
      else if (clock.monotonic() - since >= PATIENCE_MS) slow.add(peer)
      running -= 1
      waker.poke()
    }
  }

  try {
    while (won === undefined) {
      const mayAsk = running < MAX_ASKED_AT_ONCE && asked < MAX_ASKED
      const peer = mayAsk ? nextPeer() : undefined
      // What goes wrong with one peer is no matter of the others'.
      if (peer !== undefined) run(peer).catch(() => {})
      else if (running === 0) break
      if (peer !== undefined && slow.has(peer)) continue
      const until = clock.monotonic() + patience.ms
      await waker.sleep(patience.ms, outer)
      if (running > 0 && won === undefined && clock.monotonic() >= until) patience.tried()
    }
    if (won !== undefined && asked === 1) patience.rewarded()
    return won
  } finally {
    over.abort(new Error('the race is over'))
  }
}
