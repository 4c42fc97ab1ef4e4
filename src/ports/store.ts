/** One write of a batch: a value, or a removal where `value` is undefined. */
export interface StoreWrite {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Keys from `gte` (inclusive) to `lt` (exclusive) in byte order. */
export interface StoreRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

/** An ordered key-value store with atomic batches. Failures are `CairnError`s; nothing is ever half-written. */
export interface Store {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The values in the order of the keys. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  entries(range: StoreRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  /**
   * Writes all or nothing. Survives the end of the process at once; survives a power cut where `sync` is set, together
   * with every batch before it. The writes are read one after another, in slices with pauses between them: what they
   * come from must not change meanwhile.
   */
  batch(writes: Iterable<StoreWrite>, options?: { readonly sync?: boolean }): Promise<void>
  close(): Promise<void>
}
