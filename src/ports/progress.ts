/** How far long work has come. */
export interface Progress {
  /** what is being done, as a phrase: `rebuilding` */
  readonly step: string
  readonly unit: 'blocks' | 'records' | 'addresses' | 'bytes'
  readonly done: number
  /** undefined where nobody knows */
  readonly total: number | undefined
  /** how much of the step's work that was, from 0 to 1, where the units differ in size; `done / total` unless told */
  readonly share?: number
}

export type ReportProgress = (progress: Progress) => void
