import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { createFrameBuffer, framePrefix } from '../../src/network/frame-buffer.ts'

const MAX = 1_000
const encode = (frame: Uint8Array): Uint8Array => concatBytes(framePrefix(frame.length), frame)

describe('frame buffer', () => {
  it('gives back the frames that went in, wherever the bytes are cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: MAX }), { maxLength: 12 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (sent, cuts) => {
        const bytes = concatBytes(...sent.map(encode))
        const buffer = createFrameBuffer(MAX)
        const received: Uint8Array[] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + cuts[i % cuts.length]!
          buffer.append(bytes.subarray(at, end))
          at = end
          for (let frame = buffer.take(); frame !== undefined; frame = buffer.take()) received.push(frame)
        }
        expect(received).toEqual(sent)
        expect(buffer.partial).toBe(false)
        expect(buffer.size).toBe(0)
      }),
    )
  })

  it('hands out frames in memory of their own', () => {
    const buffer = createFrameBuffer(MAX)
    const chunk = concatBytes(encode(Uint8Array.of(1, 2)), encode(Uint8Array.of(3)))
    buffer.append(chunk)
    const frame = buffer.take()!
    chunk.fill(0)
    expect(frame).toEqual(Uint8Array.of(1, 2))
    expect(frame.buffer.byteLength).toBe(2)
    expect(buffer.take()).toEqual(Uint8Array.of(3))
  })

  it('refuses a frame above the limit by its prefix alone', () => {
    const buffer = createFrameBuffer(MAX)
    buffer.append(framePrefix(MAX + 1))
    expect(() => buffer.take()).toThrow(expect.objectContaining({ code: 'frame-too-long' }))
    expect(() => buffer.take()).toThrow(expect.objectContaining({ code: 'frame-too-long' }))
  })

  it('takes a frame of the limit', () => {
    const buffer = createFrameBuffer(MAX)
    buffer.append(encode(new Uint8Array(MAX)))
    expect(buffer.take()).toHaveLength(MAX)
  })

  it.for([
    ['of more than four bytes', [0x80, 0x80, 0x80, 0x80, 0x01]],
    ['that is longer than it has to be', [0x81, 0x00]],
  ] as const)('refuses a prefix %s', ([, prefix]) => {
    const buffer = createFrameBuffer(MAX)
    buffer.append(Uint8Array.from(prefix))
    expect(() => buffer.take()).toThrow(expect.objectContaining({ code: 'frame-malformed' }))
  })

  it('knows that a frame has begun', () => {
    const buffer = createFrameBuffer(MAX)
    expect(buffer.partial).toBe(false)
    buffer.append(Uint8Array.of(2))
    expect(buffer.take()).toBeUndefined()
    expect(buffer.partial).toBe(true)
  })
})
