import type { PeerId } from '../ports/transport.ts'

export interface FairQueueOptions {
  /** jobs that are under way at once */
  readonly underWay: number
  /** jobs of one peer, waiting or under way, and the sum of their sizes; the next one is turned away */
  readonly maxPeerJobs: number
  readonly maxPeerSize: number
}

/** Jobs of peers, who take turns: one that brings many holds up only itself. */
export interface FairQueue {
  /** Settles as the job does; undefined, and no job is run, where the peer has too much in the queue already. */
  run<T>(peer: PeerId, size: number, job: () => Promise<T>): Promise<T> | undefined
}

interface Lane {
  readonly waiting: (() => Promise<unknown>)[]
  jobs: number
  size: number
}

export function createFairQueue({ underWay, maxPeerJobs, maxPeerSize }: FairQueueOptions): FairQueue {
  const lanes = new Map<PeerId, Lane>()
  /** peers with jobs that wait, whose turn it is first */
  const turns = new Set<PeerId>()
  let running = 0

  function next(): void {
    for (const peer of turns) {
      if (running >= underWay) return
      const { waiting } = lanes.get(peer)!
      const job = waiting.shift()!
      // To the end of the line, or out of it.
      turns.delete(peer)
      if (waiting.length > 0) turns.add(peer)
      running += 1
      void job()
    }
  }

  return {
    run(peer, size, job) {
      const lane = lanes.get(peer) ?? { waiting: [], jobs: 0, size: 0 }
      const isFull = lane.jobs >= maxPeerJobs || (lane.jobs > 0 && lane.size + size > maxPeerSize)
      if (isFull) return undefined
      lanes.set(peer, lane)
      lane.jobs += 1
      lane.size += size
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof job>>>()
      lane.waiting.push(async () => {
        try {
          resolve(await job())
        } catch (error) {
          reject(error)
        } finally {
          running -= 1
          lane.jobs -= 1
          lane.size -= size
          if (lane.jobs === 0) lanes.delete(peer)
          next()
        }
      })
      turns.add(peer)
      next()
      return promise
    },
  }
}
