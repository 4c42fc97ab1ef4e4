import { CairnError, errorMessage } from '../base/errors.ts'
import type { Machine } from '../ports/machine.ts'
import type { CommandContext } from './context.ts'

const MAX_FILE_BYTES = 4_096

/** Where a secret may come from, beside a prompt and standard input: never an argument, which other users see. */
export interface SecretSource {
  /** what it is, for people: `passphrase` */
  readonly name: string
  /** the file that an option names */
  readonly file?: string | undefined
  /** a variable that holds it, and one that holds the name of a file */
  readonly variable: string
  readonly fileVariable: string
}

/** The secret from the option's file, the variable, or the variable's file, whichever is there first. */
export async function givenSecret(source: SecretSource, machine: Machine): Promise<string | undefined> {
  const { environment } = machine
  const value = environment[source.variable]
  if (source.file === undefined && value) return value
  const file = source.file ?? (environment[source.fileVariable] || undefined)
  return file === undefined ? undefined : readSecretFile(file, source.name, machine)
}

/** The secret as given, or else asked for. */
export const secretOf = async (
  source: SecretSource,
  prompt: string,
  { machine, terminal }: Pick<CommandContext, 'machine' | 'terminal'>,
): Promise<string> => (await givenSecret(source, machine)) ?? terminal.secrets.ask(prompt)

/** The first line of a file. @throws CairnError `passphrase-file-unreadable` for a passphrase */
async function readSecretFile(file: string, name: string, machine: Machine): Promise<string> {
  const path = machine.resolvePath(machine.workingDirectory, file)
  try {
    const text = await machine.readTextFile(path, MAX_FILE_BYTES)
    return text.split(/\r?\n/, 1)[0]!
  } catch (error) {
    throw new CairnError(
      `${name.replaceAll(' ', '-').toLowerCase()}-file-unreadable`,
      `cannot read the ${name} file ${path}: ${errorMessage(error)}`,
      { path },
      error,
    )
  }
}
