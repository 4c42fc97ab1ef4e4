/** One run of the simulator: with the code, all that decides what happens in it. */
export interface SimSettings {
  readonly seed: number
  readonly scenario: string
  /** honest nodes; scenarios add adversaries */
  readonly nodes: number
  /** virtual */
  readonly minutes: number
  /** payments over the whole network, one every so many virtual milliseconds on average */
  readonly paymentMs: number
  /** multiplies all delays of the wires */
  readonly latencyScale: number
  /** the share of what is sent that is lost once, 0 to 1 */
  readonly loss: number
}

export const DEFAULT_SETTINGS: SimSettings = {
  seed: 1,
  scenario: 'steady',
  nodes: 50,
  minutes: 30,
  paymentMs: 1_000,
  latencyScale: 1,
  loss: 0.002,
}

/** The arguments that stand for a run: what is as usual is left out. */
export function argumentsOf(settings: SimSettings): string[] {
  const { scenario, nodes, minutes, seed, paymentMs, latencyScale, loss } = settings
  const usual = DEFAULT_SETTINGS
  return [
    ...[
      '--scenario',
      scenario,
      '--nodes',
      String(nodes),
      '--minutes',
      String(minutes),
      '--seed',
      String(seed),
    ],
    ...(paymentMs === usual.paymentMs ? [] : ['--payment-ms', String(paymentMs)]),
    ...(latencyScale === usual.latencyScale ? [] : ['--latency', String(latencyScale)]),
    ...(loss === usual.loss ? [] : ['--loss', String(loss)]),
  ]
}

/** The command that repeats a run. */
export const commandOf = (settings: SimSettings): string =>
  `npm run sim -- ${argumentsOf(settings).join(' ')}`
