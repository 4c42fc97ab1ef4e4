import { CairnError } from '../src/base/errors.ts'
import type { Cancellable, FrameStream } from '../src/ports/transport.ts'

/** The next frame; rejects with `stream-ended` where the peer has closed its side instead of sending one. */
export async function receiveFrame(stream: FrameStream, options: Cancellable): Promise<Uint8Array> {
  const frame = await stream.receive(options)
  if (frame === undefined)
    throw new CairnError('stream-ended', 'the peer closed the stream before it answered', {
      peer: stream.peer,
    })
  return frame
}

/** Closes our side without waiting: everything that matters has been said, and a failure changes nothing. */
export function closeQuietly(stream: FrameStream): void {
  stream.close().catch(() => {})
}

/** Aborts with whatever was thrown as the reason. */
export function abortWith(stream: FrameStream, error: unknown): void {
  stream.abort(error instanceof Error ? error : new Error(String(error)))
}
