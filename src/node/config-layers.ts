import { CairnError, errorMessage } from '../base/errors.ts'
import type { Machine } from '../ports/machine.ts'
import { CONFIG_OPTIONS, type ConfigOption, flagName, OTHER_VARIABLES } from './config-options.ts'
import { type ConfigProblem, unknownName } from './config-problems.ts'

/** Where a value can be given. */
export type ConfigSource = 'flag' | 'variable' | 'file' | 'program'

/** What one source says, in the form of the configuration file and not yet checked. */
export interface ConfigLayer {
  readonly kind: ConfigSource
  readonly values: unknown
  /** the folder that relative paths start from */
  readonly base: string
  /** what a setting is called in this source */
  nameOf(key: string): string
}

/** Flags by setting (`mining.threads`), as text, as texts, or as true and false. */
export type GivenFlags = Readonly<Record<string, string | readonly string[] | boolean>>

/** No configuration is longer: bytes. */
const MAX_FILE_BYTES = 1_000_000

const PREFIX = 'CAIRN_'

/** Kubernetes sets these for every pod beside a service that is called `cairn`. */
const SERVICE_VARIABLE = /^CAIRN_(?:SERVICE_|PORT$|PORT_\d+_)/

const DECIMAL = /^-?\d+(?:\.\d+)?$/
const YES = ['true', 'yes', 'on', '1']
const NO = ['false', 'no', 'off', '0']

const optionOf = (key: string): ConfigOption | undefined =>
  CONFIG_OPTIONS.find((option) => option.key === key)

/** The value that `text` writes; text that writes none stays as it is, for the schema to refuse. */
function decodeText(text: string, { kind }: ConfigOption): unknown {
  const word = text.trim().toLowerCase()
  if (kind === 'number') return DECIMAL.test(word) ? Number(word) : text
  if (kind === 'switch') return YES.includes(word) ? true : NO.includes(word) ? false : text
  if (kind === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return text
}

/** Puts `value` where the file would have it: `mining.threads` inside `mining`. */
function put(values: Record<string, unknown>, key: string, value: unknown): void {
  const [first, second] = key.split('.') as [string, string | undefined]
  if (second === undefined) values[first] = value
  else {
    const section = (values[first] ??= {}) as Record<string, unknown>
    section[second] = value
  }
}

export function flagLayer(flags: GivenFlags, { workingDirectory }: Machine): ConfigLayer {
  const values: Record<string, unknown> = {}
  for (const option of CONFIG_OPTIONS) {
    const given = flags[option.key]
    if (given !== undefined)
      put(values, option.key, typeof given === 'string' ? decodeText(given, option) : given)
  }
  return {
    kind: 'flag',
    values,
    base: workingDirectory,
    nameOf: (key) => {
      const option = optionOf(key)
      return (option && flagName(option)) ?? key
    },
  }
}

/** An empty variable counts as unset, as in a compose file that passes on what its user did not set. */
export function environmentLayer({ environment, workingDirectory }: Machine): ConfigLayer {
  const values: Record<string, unknown> = {}
  for (const option of CONFIG_OPTIONS) {
    const text = environment[option.variable]
    if (text) put(values, option.key, decodeText(text, option))
  }
  return {
    kind: 'variable',
    values,
    base: workingDirectory,
    nameOf: (key) => optionOf(key)?.variable ?? key,
  }
}

export function unknownVariables({ environment }: Machine): ConfigProblem[] {
  const known = [...CONFIG_OPTIONS.map((option) => option.variable), ...OTHER_VARIABLES]
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !SERVICE_VARIABLE.test(name) && !known.includes(name))
    .map((name) => unknownName(name, known))
}

/** @throws CairnError `config-unreadable` where the file is missing, too large or not JSON */
export async function readJsonFile(path: string, machine: Machine): Promise<unknown> {
  try {
    return JSON.parse(await machine.readTextFile(path, MAX_FILE_BYTES))
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is not JSON (${error.message})` : errorMessage(error)
    throw new CairnError('config-unreadable', `cannot use ${path}: ${why}`, { path }, error)
  }
}

/** @param path - absolute */
export async function fileLayer(path: string, machine: Machine): Promise<ConfigLayer> {
  return {
    kind: 'file',
    values: await readJsonFile(path, machine),
    base: machine.parentDirectory(path),
    nameOf: (key) => `${key} in ${path}`,
  }
}
