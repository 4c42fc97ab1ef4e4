import { CairnError } from '../base/errors.ts'

/** Bytes of the longest length prefix: 28 bits, more than any frame may be long. */
const MAX_PREFIX_BYTES = 4
const MAX_PREFIX_VALUE = 2 ** (7 * MAX_PREFIX_BYTES) - 1

const EMPTY = new Uint8Array(0)
const MIN_CAPACITY = 4 * 1024
/** An emptied buffer larger than this is given back. */
const MAX_IDLE_CAPACITY = 256 * 1024

/**
 * The length of a frame, as it stands in front of it: an unsigned varint (multiformats: seven bits a byte, least
 * significant first, the shortest form).
 */
export function framePrefix(length: number): Uint8Array {
  if (length > MAX_PREFIX_VALUE) throw new RangeError(`a frame of ${length} bytes has no prefix`)
  const bytes: number[] = []
  let rest = length
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** Bytes as they come from a stream, cut into frames. */
export interface FrameBuffer {
  /** bytes held that have not been handed out */
  readonly size: number
  /** whether it holds some of a frame, but not all; asked when `take` had nothing */
  readonly partial: boolean
  append(chunk: Uint8Array): void
  /**
   * The next whole frame in memory of its own, or undefined where more bytes are needed.
   * Throws `frame-too-long` as soon as the prefix says so, and `frame-malformed` for a prefix that is not one.
   */
  take(): Uint8Array | undefined
}

/**
 * The memory taken is at most twice the bytes held, whatever the prefix promises and however small the pieces are:
 * they are copied into one piece, since a list of chunks costs a hundred times its bytes when each chunk is one byte.
 *
 * @param maxFrame - the longest frame that is taken, in bytes
 */
export function createFrameBuffer(maxFrame: number): FrameBuffer {
  let bytes: Uint8Array = EMPTY
  let start = 0
  let end = 0
  /** the length of the frame that begins at `start`, once its prefix has been read */
  let length: number | undefined

  function makeRoom(wanted: number): void {
    if (bytes.length - end >= wanted) return
    const size = end - start
    if (start > bytes.length / 2 && size + wanted <= bytes.length) bytes.copyWithin(0, start, end)
    else {
      const larger = new Uint8Array(Math.max(MIN_CAPACITY, 2 * (size + wanted)))
      larger.set(bytes.subarray(start, end))
      bytes = larger
    }
    start = 0
    end = size
  }

  function consume(count: number): void {
    start += count
    if (start < end) return
    start = 0
    end = 0
    if (bytes.length > MAX_IDLE_CAPACITY) bytes = EMPTY
  }

  function readPrefix(): number | undefined {
    const available = Math.min(end - start, MAX_PREFIX_BYTES)
    let value = 0
    for (let i = 0; i < available; i++) {
      const byte = bytes[start + i]!
      value |= (byte & 0x7f) << (7 * i)
      if (byte > 0x7f) continue
      if (byte === 0 && i > 0)
        throw new CairnError('frame-malformed', 'a frame length is not in its shortest form')
      consume(i + 1)
      return value
    }
    if (available < MAX_PREFIX_BYTES) return undefined
    throw new CairnError('frame-malformed', `a frame length takes more than ${MAX_PREFIX_BYTES} bytes`)
  }

  return {
    get size() {
      return end - start
    },
    get partial() {
      return length !== undefined || end > start
    },
    append(chunk) {
      makeRoom(chunk.length)
      bytes.set(chunk, end)
      end += chunk.length
    },
    take() {
      length ??= readPrefix()
      if (length === undefined) return undefined
      if (length > maxFrame)
        throw new CairnError('frame-too-long', 'a frame is longer than the protocol allows', {
          length,
          maxFrame,
        })
      if (end - start < length) return undefined
      const frame = bytes.slice(start, start + length)
      consume(length)
      length = undefined
      return frame
    },
  }
}
