/** One record of bytes that outlives the process. */
export interface RecordFile {
  /**
   * Undefined where there is none.
   * @throws CairnError `record-too-large` where it has more than `maxBytes`; what the file system throws
   */
  read(maxBytes: number): Promise<Uint8Array | undefined>
  /** Replaces it as a whole: a crash leaves the old one or the new one. @throws what the file system throws */
  write(bytes: Uint8Array): Promise<void>
}
