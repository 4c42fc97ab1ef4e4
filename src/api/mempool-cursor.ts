import type { NodeServices } from '../ports/node-services.ts'
import { ApiProblem } from './problem.ts'

/** Places in the order in which pending transactions came, as texts that are of use to this run of the node only. */
export interface MempoolCursors {
  textOf(sequence: number): string
  /** -1 without a text, for the first; throws `cursor-gone` for that of another run. */
  sequenceOf(text: string | undefined): number
}

export function createMempoolCursors({ startedAt }: Pick<NodeServices, 'startedAt'>): MempoolCursors {
  const run = startedAt.toString(36)
  return {
    textOf: (sequence) => `${run}-${sequence}`,
    sequenceOf(text) {
      if (text === undefined) return -1
      const [ofRun, sequence] = text.split('-')
      if (ofRun !== run)
        throw new ApiProblem(410, 'cursor-gone', 'the node was started anew since: begin with the first page')
      return Number(sequence)
    },
  }
}
