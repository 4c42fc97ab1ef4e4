import { type Command, Option } from 'commander'
import type { GivenFlags } from '../node/config-layers.ts'
import { CONFIG_OPTIONS } from '../node/config-options.ts'
import { passphraseOption } from './command-options.ts'
import type { StartOptions } from './commands/start.ts'

/**
 * Gives a command the flags of a node's settings.
 * @param wanted - whether it takes the setting of that key
 * @returns reads those that were given on the command line
 */
export function addSettings(
  command: Command,
  wanted: (key: string) => boolean = () => true,
): () => GivenFlags {
  const keys = new Map<string, string>()
  for (const { key, flag, kind, variable, description } of CONFIG_OPTIONS) {
    if (flag === undefined || !wanted(key)) continue
    const option = new Option(flag, `${description} [${variable}]`)
    if (kind === 'list') option.argParser((value: string, before: string[] = []) => [...before, value])
    keys.set(option.attributeName(), key)
    command.addOption(option)
  }
  return () => {
    const flags: Record<string, string | string[] | boolean> = {}
    // commander's own default for `--no-x` has not been given.
    for (const [attribute, key] of keys)
      if (command.getOptionValueSource(attribute) === 'cli') flags[key] = command.getOptionValue(attribute)
    return flags
  }
}

/**
 * Gives a command the options of `start`.
 * @returns reads those that were given on the command line
 */
export function addStartOptions(command: Command): () => StartOptions {
  command.option('--config <file>', 'JSON configuration file [CAIRN_CONFIG]').addOption(passphraseOption())
  const givenFlags = addSettings(command)
  return () => {
    const { config, passphraseFile } = command.opts<{ config?: string; passphraseFile?: string }>()
    return {
      flags: givenFlags(),
      ...(config === undefined ? {} : { config }),
      ...(passphraseFile === undefined ? {} : { passphraseFile }),
    }
  }
}
