/** Sequence number u64 and count u32 of a write batch, the first bytes of each record in a *.log. */
export const BATCH_HEADER_BYTES = 12

/** Follows the sequence numbers from batch to batch through the logs: LevelDB does not notice when one is missing. */
export class LevelBatches {
  readonly #lastSequence: number
  #next: number | undefined

  /** @param lastSequence the one in MANIFEST: what is older than the first log's first batch stands in tables */
  constructor(lastSequence: number) {
    this.#lastSequence = lastSequence
  }

  /** What is wrong with the next record, in words. */
  add(record: Uint8Array): string | undefined {
    if (record.length < BATCH_HEADER_BYTES) return 'a record that is too short for a batch'
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
    const sequence = Number(view.getBigUint64(0, true))
    const most = this.#next ?? this.#lastSequence + 1
    const least = this.#next ?? 1
    if (sequence < least || sequence > most) return `batch ${most} is missing before batch ${sequence}`
    this.#next = sequence + view.getUint32(8, true)
    return undefined
  }

  /** Whether batches are missing at the end that were there when MANIFEST was written: a power cut can lose them. */
  get cutShort(): boolean {
    return this.#next !== undefined && this.#next <= this.#lastSequence
  }
}
