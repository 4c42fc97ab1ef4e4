import type { PeerId } from '../src/ports/transport.ts'

/**
 * A bounded number of jobs at once for each peer; the others wait, first come first served. One of each peer's never
 * waits for those of others, so that a crowd which takes its time keeps nobody out; all beyond that are bounded together.
 */
export interface Turns {
  /** Resolves with the way to give the turn back; rejects with the signal's reason when it aborts first. */
  take(peer: PeerId, signal: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly peer: PeerId
  readonly go: () => void
}

/** @param total - from so many jobs on, a peer has no more than one at once */
export function createTurns({ perPeer, total }: { perPeer: number; total: number }): Turns {
  const taken = new Map<PeerId, number>()
  const queue: Waiting[] = []
  let inAll = 0

  const count = (peer: PeerId, by: 1 | -1): void => {
    inAll += by
    const next = (taken.get(peer) ?? 0) + by
    if (next === 0) taken.delete(peer)
    else taken.set(peer, next)
  }

  const isFree = (peer: PeerId): boolean => {
    const own = taken.get(peer) ?? 0
    return own === 0 || (own < perPeer && inAll < total)
  }

  /** Lets the first in the queue go whose peer has a turn left: a greedy peer holds up only itself. */
  const next = (): void => {
    const at = queue.findIndex((waiting) => isFree(waiting.peer))
    if (at >= 0) queue.splice(at, 1)[0]!.go()
  }

  return {
    take(peer, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const abort = (): void => {
          queue.splice(queue.indexOf(waiting), 1)
          reject(signal.reason)
        }
        const waiting: Waiting = {
          peer,
          go: () => {
            signal.removeEventListener('abort', abort)
            count(peer, 1)
            let held = true
            resolve(() => {
              if (!held) return
              held = false
              count(peer, -1)
              next()
            })
          },
        }
        if (isFree(peer)) return waiting.go()
        queue.push(waiting)
        signal.addEventListener('abort', abort, { once: true })
      })
    },
  }
}
