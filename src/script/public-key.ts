/** Whether the bytes have the form of a compressed SEC 1 public key; they need not be a point of the curve. */
export const isCompressedKey = (bytes: Uint8Array): boolean =>
  bytes.length === 33 && (bytes[0] === 2 || bytes[0] === 3)
