import { type ExplainedSetting, explainConfig } from '../../node/config-explain.ts'
import { CONFIG_FILE_VARIABLE } from '../../node/config-options.ts'
import type { CommandContext } from '../context.ts'
import { printJson, printTable } from '../table.ts'
import type { StartOptions } from './start.ts'

export interface PrintConfigOptions extends StartOptions {
  readonly json?: boolean | undefined
}

/** `cairn config print` */
export async function printConfig(options: PrintConfigOptions, context: CommandContext): Promise<void> {
  const { machine, terminal } = context
  const settings = [
    configFile(options, context),
    passphrase(options, context),
    ...(await explainConfig(options.flags, options.config, machine)),
  ]
  if (options.json) return printJson(terminal, settings)
  printTable(terminal, settings, [
    { title: 'SETTING', cell: ({ key }) => key },
    { title: 'VALUE', cell: ({ value }) => valueText(value) },
    { title: 'FROM', cell: ({ source, name }) => name ?? source },
  ])
}

function valueText(value: unknown): string | null {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '')
  return text === '' ? null : text
}

/** Not a setting of the file, since it cannot name itself. */
function configFile({ config }: StartOptions, { machine }: CommandContext): ExplainedSetting {
  const named = config ?? machine.environment[CONFIG_FILE_VARIABLE]
  const key = 'config'
  if (!named) return { key, value: null, source: 'default', name: null }
  const value = machine.resolvePath(machine.workingDirectory, named)
  return config === undefined
    ? { key, value, source: 'variable', name: CONFIG_FILE_VARIABLE }
    : { key, value, source: 'flag', name: '--config' }
}

/** That of a default wallet that mining makes: where it comes from, never what it is. */
function passphrase({ passphraseFile }: StartOptions, { machine }: CommandContext): ExplainedSetting {
  const { environment } = machine
  const key = 'passphrase'
  const value = 'not shown'
  if (passphraseFile !== undefined) return { key, value, source: 'flag', name: '--passphrase-file' }
  const name = ['CAIRN_WALLET_PASSPHRASE', 'CAIRN_WALLET_PASSPHRASE_FILE'].find((each) => environment[each])
  return name === undefined
    ? { key, value: null, source: 'default', name: null }
    : { key, value, source: 'variable', name }
}
