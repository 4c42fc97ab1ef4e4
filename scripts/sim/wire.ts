import type { Chance } from './chance.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What the wires between nodes are like. */
export interface WireOptions {
  /** multiplies all delays */
  readonly latencyScale: number
  /** of what is sent, the share that is lost once: 0 to 1 */
  readonly loss: number
  /** a node's uplink, in bytes a millisecond, at least and at most */
  readonly uplink: readonly [least: number, most: number]
}

/** A node's place on the wire. */
export interface Socket {
  readonly index: number
  readonly region: number
  /** bytes a millisecond */
  readonly uplink: number
  /** virtual time until which the uplink is busy */
  busyUntil: number
  /** bytes that wait for the uplink or are on their way, and the most there ever were */
  queued: number
  mostQueued: number
}

/** One-way delays in milliseconds between regions: North America, South America, Europe, Asia, Oceania. */
const REGIONS: readonly (readonly number[])[] = [
  [18, 70, 45, 85, 80],
  [70, 20, 95, 140, 130],
  [45, 95, 10, 95, 130],
  [85, 140, 95, 25, 60],
  [80, 130, 130, 60, 12],
]
const WEIGHTS: readonly number[] = [30, 8, 34, 22, 6]

/** Of the delay: what varies from one packet to the next. */
const JITTER = 0.15
/** A lost segment of a stream comes again after this and a round trip. */
const RETRANSMIT_MS = 200
/** Around every frame: yamux, noise, TCP and IP, roughly. */
export const FRAME_OVERHEAD = 64

/** Delay, bandwidth, loss and partitions between sockets. */
export interface Wire {
  attach(index: number): Socket
  /** one-way, in milliseconds, without jitter */
  latency(from: Socket, to: Socket): number
  /** whether anything gets from one to the other */
  reaches(from: Socket, to: Socket): boolean
  /**
   * Sends bytes that come in whatever order they do. `arrived` is called with whether they were lost, in which case it
   * is too late to matter.
   */
  sendLoose(from: Socket, to: Socket, bytes: number, arrived: (lost: boolean) => unknown): void
  /**
   * Sends bytes behind others; lost ones are sent again.
   * @param notBefore - virtual time of the arrival of those before
   * @returns the virtual time of arrival
   */
  sendInOrder(from: Socket, to: Socket, bytes: number, notBefore: number, arrived: () => unknown): number
  /** Splits the network: only sockets of one side reach each other. Undefined heals it. */
  partition(sideOf: ((index: number) => number) | undefined): void
}

export function createWire(
  { latencyScale, loss, uplink }: WireOptions,
  time: VirtualTime,
  chance: Chance,
): Wire {
  const places = chance.fork('places')
  const jitter = chance.fork('jitter')
  const regions = WEIGHTS.flatMap((weight, region) => new Array<number>(weight).fill(region))
  let sideOf: ((index: number) => number) | undefined

  const latency = (from: Socket, to: Socket): number => REGIONS[from.region]![to.region]! * latencyScale

  /** When the last byte has left. */
  function leave(from: Socket, bytes: number): number {
    const start = Math.max(time.now, from.busyUntil)
    from.busyUntil = start + bytes / from.uplink
    from.queued += bytes
    from.mostQueued = Math.max(from.mostQueued, from.queued)
    return from.busyUntil
  }

  const travel = (from: Socket, to: Socket): number => {
    const base = latency(from, to)
    return base * (1 - JITTER / 2 + jitter.fraction() * JITTER)
  }

  const reaches = (from: Socket, to: Socket): boolean =>
    sideOf === undefined || sideOf(from.index) === sideOf(to.index)

  return {
    latency,
    reaches,
    attach: (index) => ({
      index,
      region: places.pick(regions),
      // Evenly on a logarithmic scale: there are more slow lines than fast ones.
      uplink: uplink[0] * (uplink[1] / uplink[0]) ** places.fraction(),
      busyUntil: 0,
      queued: 0,
      mostQueued: 0,
    }),
    sendLoose(from, to, bytes, arrived) {
      const size = bytes + FRAME_OVERHEAD
      const at = leave(from, size) + travel(from, to)
      const lost = (loss > 0 && jitter.fraction() < loss) || !reaches(from, to)
      time.after(at - time.now, () => {
        from.queued -= size
        return arrived(lost)
      })
    },
    sendInOrder(from, to, bytes, notBefore, arrived) {
      const size = bytes + FRAME_OVERHEAD
      let at = leave(from, size) + travel(from, to)
      while (loss > 0 && jitter.fraction() < loss) at += RETRANSMIT_MS * latencyScale + 2 * latency(from, to)
      at = Math.max(at, notBefore)
      const cut = !reaches(from, to)
      time.after(at - time.now, () => {
        from.queued -= size
        // What was sent into a partition never comes; the connection ends by its own timeout.
        return cut ? false : arrived()
      })
      return at
    },
    partition(next) {
      sideOf = next
    },
  }
}
