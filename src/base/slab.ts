const SLAB_BYTES = 65_536

/** A way to get an array of zeros of so many bytes. */
export type Allocate = (length: number) => Uint8Array

/** A buffer of its own. */
export const newBytes: Allocate = (length) => new Uint8Array(length)

/**
 * Many small arrays as views of a few large ones, for bytes that live about as long: a view is less than half the work of
 * a buffer, and whoever hands a small buffer to native code has it moved out of V8's heap first.
 */
export function slabAllocator(): Allocate {
  let slab = new Uint8Array(0)
  let used = 0
  return (length) => {
    if (length > slab.length - used) {
      if (length > SLAB_BYTES / 4) return new Uint8Array(length)
      slab = new Uint8Array(SLAB_BYTES)
      used = 0
    }
    const at = used
    used += length
    return slab.subarray(at, used)
  }
}
