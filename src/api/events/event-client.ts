import type { Clock } from '../../ports/clock.ts'
import { EVENT_DRAIN_TIMEOUT_MS, EVENT_HEARTBEAT_MS } from '../limits.ts'
import type { NodeEvent } from './event-log.ts'

/** Where events are written to: an HTTP answer, or a WebSocket. */
export interface EventSink {
  /** Writes the event; resolves when the client keeps up. Rejects when the signal aborts. */
  send(event: NodeEvent, signal: AbortSignal): Promise<void>
  /** Tells that the connection is alive. */
  beat(): void
  /** Cuts the connection: the client does not read. */
  cut(): void
}

/** Hands events to a client until the signal aborts or the stream ends; a client that takes none in time is cut. */
export async function serveEvents(
  stream: AsyncIterable<NodeEvent>,
  sink: EventSink,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let cancelBeat = (): void => {}
  const beatLater = (): void => {
    cancelBeat()
    cancelBeat = clock.after(EVENT_HEARTBEAT_MS, () => {
      sink.beat()
      beatLater()
    })
  }
  beatLater()
  try {
    for await (const event of stream) {
      const late = new AbortController()
      const cancelLate = clock.after(EVENT_DRAIN_TIMEOUT_MS, () =>
        late.abort(new Error('the client does not read')),
      )
      try {
        await sink.send(event, AbortSignal.any([signal, late.signal]))
      } finally {
        cancelLate()
      }
    }
    // The stream has an end of its own where too much waits.
    if (!signal.aborted) sink.cut()
  } catch {
    // It is gone, or does not read, or the chain cannot be read: it may come back and go on.
    sink.cut()
  } finally {
    cancelBeat()
  }
}
