import { type Command, Option } from 'commander'
import type { CommandContext } from './context.ts'
import type { ExitCode } from './exit-codes.ts'

export interface ProgramHooks {
  readonly context: CommandContext
  /** told what the command ends with where it is not `EXIT.ok` */
  end(code: ExitCode): void
}

export const PASSPHRASE_HELP = `
The passphrase is asked for, or taken from --passphrase-file, CAIRN_WALLET_PASSPHRASE,
CAIRN_WALLET_PASSPHRASE_FILE, or standard input where that is no terminal. It is never an argument.
`

/** Options of every command about a network or a data directory. */
export function addNodeOptions(command: Command): Command {
  return command
    .optionsGroup('Which node:')
    .option('--network <name|file>', 'main, test, dev, or the JSON file of a custom network (default: main)')
    .option('--data-dir <folder>', "the node's data directory (default: ~/.cairn/<network>)")
    .option('--config <file>', "the node's configuration file")
    .optionsGroup('Output:')
    .option('--json', 'one JSON value on standard output')
}

/** Options of the commands that ask a node. */
export const addApiOptions = (command: Command): Command =>
  addNodeOptions(command)
    .optionsGroup('Which node:')
    .option('--api <url>', 'its HTTP API (default: that of the node that runs on the data directory)')

export const passphraseOption = (): Option =>
  new Option('--passphrase-file <file>', 'the first line of this file is the passphrase')

/** The examples of a command's help. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
