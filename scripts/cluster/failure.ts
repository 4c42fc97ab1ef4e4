import { CairnError } from '../../src/base/errors.ts'

/** Where a node's own words are to be had. */
export interface Witness {
  readonly name: string
  lastLines(): readonly string[]
}

/** The run could not go on; the logs of the witnesses may tell why. */
export class ClusterFailure extends CairnError {
  readonly witnesses: readonly Witness[]

  constructor(message: string, witnesses: readonly Witness[]) {
    super('cluster-failed', message, { nodes: witnesses.map(({ name }) => name) })
    this.witnesses = witnesses
  }
}

/** What happened, and then the last log lines of each node concerned. */
export function failureReport(error: ClusterFailure): string {
  const logs = error.witnesses.map(
    (witness) =>
      `\nlast log lines of ${witness.name}:\n${witness
        .lastLines()
        .map((line) => `  ${line}`)
        .join('\n')}`,
  )
  return [error.message, ...logs].join('\n')
}
