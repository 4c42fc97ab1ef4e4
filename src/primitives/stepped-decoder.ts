import { invariant } from '../base/errors.ts'
import { ByteReader, type DecodeError, decoding } from '../base/reader.ts'
import { ok, type Result } from '../base/result.ts'

/** About how many bytes the decoder reads before it hashes them: what is hashed is still in the cache then. */
const SLICE_BYTES = 262_144

/** Where a decoder that can pause is to do so. */
export interface Pace {
  /** the offset in the reader's bytes */
  pauseAt: number
}

/** Decodes something large in several steps, between which a thread can do something else. */
export interface SteppedDecoder<T> {
  /**
   * Reads about so many bytes more, and hashes the transactions that are complete.
   * @returns whether there is nothing left to do
   */
  step(slice?: number): boolean
  /** What was decoded, or what is wrong with it. Only once `step` has said that it is through. */
  result(): Result<T, DecodeError>
}

/** The bytes are kept, not copied: they must not change afterwards. */
export function createSteppedDecoder<T>(
  bytes: Uint8Array,
  read: (reader: ByteReader, pace: Pace) => Generator<undefined, T>,
): SteppedDecoder<T> {
  const reader = new ByteReader(bytes)
  const pace: Pace = { pauseAt: 0 }
  const reading = read(reader, pace)
  let result: Result<T, DecodeError> | undefined
  return {
    step(slice = SLICE_BYTES) {
      if (result !== undefined) return true
      pace.pauseAt = reader.offset + slice
      const step = decoding(() => reading.next())
      if (!step.ok) result = step
      else if (step.value.done === true) result = ok(step.value.value)
      return result !== undefined
    },
    result() {
      invariant(result !== undefined, 'it has been read to its end')
      return result
    },
  }
}
