import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { createDice, type Dice } from '../fuzz/dice.ts'

/** What a link does to the bytes on it. Everything that is left out does not happen. */
export interface LinkFaults {
  /** before a byte arrives */
  readonly latencyMs?: number
  /** by chance, at most so much more; bytes stay in order */
  readonly jitterMs?: number
  readonly bytesPerSecond?: number
  /** each connection is reset after so many bytes (of both directions), more or less by half of it */
  readonly resetAfterBytes?: number
  /** after about so many bytes a direction holds still for `stallMs` */
  readonly stallAfterBytes?: number
  readonly stallMs?: number
}

export interface FaultProxyOptions extends LinkFaults {
  readonly seed: number
  /** the port on loopback that it stands for; it may be known later than the proxy, which nobody passes until then */
  readonly target: () => number | undefined
}

/**
 * A TCP proxy on loopback that treats connections badly, by a schedule that its seed decides: what happens to a
 * connection depends on its number and on the bytes that have passed, not on the clock.
 */
export interface FaultProxy {
  readonly port: number
  /** connections taken so far, and those that the schedule has reset */
  readonly counts: { readonly connections: number; readonly resets: number; readonly bytes: number }
  /** for connections that are there and for those to come */
  setFaults(faults: LinkFaults): void
  /** Resets what is there, and what comes, until `heal`. */
  cut(): void
  heal(): void
}

const CHUNK_BYTES = 16 * 1024
/** That wait in the proxy before it reads no more. */
const MAX_WAITING_BYTES = 64 * 1024
const NOTHING = Number.POSITIVE_INFINITY

/** Starts a proxy, which ends with the test. */
export async function startFaultProxy({ seed, target, ...first }: FaultProxyOptions): Promise<FaultProxy> {
  const counts = { connections: 0, resets: 0, bytes: 0 }
  const sockets = new Set<Socket>()
  let faults: LinkFaults = first
  let isCut = false

  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    // The other side of the pair ends with it; why is nobody's business here.
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    return socket.setNoDelay()
  }

  /** Bytes until something happens, from half to one and a half of the mean. */
  const some = (dice: Dice, mean: number | undefined): number =>
    mean === undefined ? NOTHING : Math.ceil(mean / 2) + dice.below(mean)

  function join(client: Socket, port: number): void {
    const dice = createDice(seed + 7_919 * counts.connections++)
    const server = track(connect(port, '127.0.0.1'))
    let untilReset = some(dice, faults.resetAfterBytes)

    const reset = (): void => {
      for (const socket of [client, server]) socket.resetAndDestroy()
    }
    async function pump(from: Socket, to: Socket): Promise<void> {
      const queue = createLine(createDice(dice.below(0x1_0000_0000)), () => faults, to)
      for await (const data of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < data.length; ) {
          const piece = data.subarray(at, at + Math.min(CHUNK_BYTES, faults.bytesPerSecond ?? CHUNK_BYTES))
          at += piece.length
          counts.bytes += piece.length
          untilReset -= piece.length
          if (untilReset <= 0) {
            counts.resets += 1
            return reset()
          }
          await queue(piece)
        }
      }
      to.end()
    }
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      pump(from, to).catch(() => to.destroy())
      from.once('close', () => to.destroy())
    }
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client)
    const port = target()
    if (isCut || port === undefined) client.resetAndDestroy()
    else join(client, port)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.resetAndDestroy()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    port: (server.address() as { port: number }).port,
    counts,
    setFaults(next) {
      faults = next
    },
    cut,
    heal() {
      isCut = false
    },
  }
}

/** One direction of a link: takes a piece and resolves when there is room for the next. */
function createLine(dice: Dice, faults: () => LinkFaults, to: Socket): (piece: Buffer) => Promise<void> {
  let waiting = 0
  /** when the last piece has left */
  let free = 0
  let untilStall = NOTHING
  let last: Promise<void> = Promise.resolve()

  async function deliver(piece: Buffer, at: number): Promise<void> {
    const wait = at - performance.now()
    if (wait > 0) await delay(wait)
    waiting -= piece.length
    if (!to.destroyed && !to.write(piece))
      await new Promise<void>((resolve) => to.once('drain', resolve).once('close', resolve))
  }

  return async (piece) => {
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond, stallAfterBytes, stallMs = 0 } = faults()
    if (stallAfterBytes === undefined) untilStall = NOTHING
    else if (untilStall === NOTHING) untilStall = stallAfterBytes
    const now = performance.now()
    const jitter = jitterMs > 0 ? dice.below(jitterMs) : 0
    free = Math.max(free, now) + (bytesPerSecond === undefined ? 0 : (1_000 * piece.length) / bytesPerSecond)
    untilStall -= piece.length
    if (untilStall <= 0) {
      free += stallMs
      untilStall = Math.ceil(stallAfterBytes! / 2) + dice.below(stallAfterBytes!)
    }
    const at = free + latencyMs + jitter
    waiting += piece.length
    last = last.then(() => deliver(piece, at))
    // With one byte a second there is room for one byte.
    if (waiting >= Math.min(MAX_WAITING_BYTES, bytesPerSecond ?? MAX_WAITING_BYTES)) await last
  }
}
