import { CairnError } from '../base/errors.ts'
import { nearest } from './config-nearest.ts'

/** One setting that cannot be taken as it was given. */
export interface ConfigProblem {
  /** the setting's name in the source that it came from: a flag, a variable, or a key of the file */
  readonly name: string
  readonly message: string
}

const MAX_SHOWN = 80

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

export function badValue(name: string, value: unknown, allowed: string): ConfigProblem {
  return { name, message: `${name} is ${show(value)}, but has to be ${allowed}` }
}

/** @param shown - the name with its source, where that is more than the name */
export function unknownName(name: string, candidates: readonly string[], shown = name): ConfigProblem {
  const meant = nearest(name, candidates)
  const hint = meant === undefined ? `known are ${candidates.join(', ')}` : `did you mean ${meant}?`
  return { name, message: `${shown} is not a setting; ${hint}` }
}

/** @throws CairnError `config-invalid`, which names every problem, unless there is none */
export function refuseProblems(problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return
  throw new CairnError('config-invalid', problems.map((problem) => problem.message).join('; '), { problems })
}
