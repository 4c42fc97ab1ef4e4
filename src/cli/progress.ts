import type { Clock } from '../ports/clock.ts'
import type { Progress, ReportProgress } from '../ports/progress.ts'
import type { Terminal } from './terminal.ts'

/** Between two lines: milliseconds, for a person and for a log. */
const STATUS_INTERVAL_MS = 200
const NOTE_INTERVAL_MS = 10_000

/** The rate is that of so many milliseconds before. */
const WINDOW_MS = 15_000

const MEGABYTE = 1_000_000

interface Sample {
  readonly at: number
  readonly done: number
  readonly share: number
}

/** Shows how far long work has come: on a terminal in one line that changes, elsewhere in a line now and then. */
export interface ProgressLine extends Disposable {
  readonly report: ReportProgress
}

export function createProgressLine(terminal: Terminal, clock: Pick<Clock, 'monotonic'>): ProgressLine {
  const { showStatus } = terminal
  const show = showStatus ?? terminal.note
  const interval = showStatus === undefined ? NOTE_INTERVAL_MS : STATUS_INTERVAL_MS
  let step: string | undefined
  let samples: Sample[] = []
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    report(progress) {
      const at = clock.monotonic()
      if (progress.step !== step) {
        step = progress.step
        samples = []
        shownAt = at
      }
      const share = progress.share ?? (progress.total ? progress.done / progress.total : 0)
      const isDone = progress.done === progress.total
      const last = samples.at(-1)
      if (last === undefined || at - last.at >= STATUS_INTERVAL_MS)
        samples.push({ at, done: progress.done, share })
      while (samples.length > 1 && at - samples[0]!.at > WINDOW_MS) samples.shift()
      if (!isDone && at - shownAt < interval) return
      shownAt = at
      show(lineOf(progress, share, { at, done: progress.done, share }, samples[0]!))
    },
    [Symbol.dispose]: () => showStatus?.(''),
  }
}

function lineOf({ step, unit, done, total }: Progress, share: number, now: Sample, before: Sample): string {
  const parts = [amount(done, total, unit)]
  if (total !== undefined) parts.push(`${Math.floor(100 * share)} %`)
  const seconds = (now.at - before.at) / 1000
  if (seconds > 0 && done !== total) {
    const [size, name] = unit === 'bytes' ? [MEGABYTE, 'MB'] : [1, unit]
    const speed = (now.done - before.done) / seconds / size
    parts.push(`${speed.toFixed(speed < 10 ? 1 : 0)} ${name}/s`)
    const rate = (now.share - before.share) / seconds
    if (rate > 0) parts.push(`${durationText((1 - now.share) / rate)} left`)
  }
  return `${step}: ${parts.join(', ')}`
}

function amount(done: number, total: number | undefined, unit: Progress['unit']): string {
  const text = (value: number) => (unit === 'bytes' ? (value / MEGABYTE).toFixed(1) : String(value))
  return `${text(done)}${total === undefined ? '' : ` of ${text(total)}`} ${unit === 'bytes' ? 'MB' : unit}`
}

/** Seconds, minutes or hours: as exact as an estimate is. */
export function durationText(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
