/** Measured values; each name ends in or contains its unit, such as `emptySeconds` or `hashesPerSecond`. */
export type Figures = Readonly<Record<string, number>>

/** What a figure has to reach. */
export interface Goal {
  readonly figure: string
  /** for people: `at least 7` */
  readonly goal: string
  readonly value: number
  readonly met: boolean
}

export interface BenchResult {
  readonly figures: Figures
  readonly goals: readonly Goal[]
}

/** What `test/bench/<name>.bench.ts` exports as `bench`. */
export interface Bench {
  readonly name: string
  /** one line */
  readonly description: string
  /**
   * Measures. Progress goes to standard error: standard output belongs to the result.
   * @param args - the command line after the bench's name, without `--json`
   */
  run(args: readonly string[]): Promise<BenchResult>
}

function figureOf(figures: Figures, figure: string): number {
  const value = figures[figure]
  if (value === undefined) throw new Error(`there is no figure ${figure}`)
  return value
}

export function atLeast(figures: Figures, figure: string, least: number): Goal {
  const value = figureOf(figures, figure)
  return { figure, goal: `at least ${least}`, value, met: value >= least }
}

export function atMost(figures: Figures, figure: string, most: number): Goal {
  const value = figureOf(figures, figure)
  return { figure, goal: `at most ${most}`, value, met: value <= most }
}

/** The middle value: what noise on the machine disturbs least. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('nothing was measured')
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2
}
