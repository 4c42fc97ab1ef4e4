import { CairnError } from '../base/errors.ts'
import { parseNetworkDefinition } from '../consensus/network-definition.ts'
import { builtInNetwork, isBuiltInNetwork, makeNetwork } from '../consensus/networks.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Machine } from '../ports/machine.ts'
import { type ConfigLayer, readJsonFile } from './config-layers.ts'
import { badValue, refuseProblems } from './config-problems.ts'
import type { GivenConfig } from './config-schema.ts'

/** What tells the path of a network's file from a name. */
const FILE = /\.json$|[/\\]/i

/**
 * The network that `given` names, defines, or keeps in a file.
 * @param source - where it was given; undefined for the default
 * @throws CairnError `config-invalid` or `config-unreadable`
 */
export async function loadNetwork(
  given: GivenConfig['network'],
  source: ConfigLayer | undefined,
  machine: Machine,
): Promise<NetworkParameters> {
  if (given === undefined || source === undefined) return builtInNetwork('main')
  if (typeof given !== 'string') return custom(given, source.nameOf('network'))
  if (isBuiltInNetwork(given)) return builtInNetwork(given)
  if (!FILE.test(given)) {
    refuseProblems([
      badValue(
        source.nameOf('network'),
        given,
        "main, test, dev, or the path of a custom network's JSON file",
      ),
    ])
  }
  const path = machine.resolvePath(source.base, given)
  return custom(await readJsonFile(path, machine), path)
}

function custom(json: unknown, place: string): NetworkParameters {
  const definition = parseNetworkDefinition(json)
  if (definition.ok) return makeNetwork(definition.value)
  const { key, message } = definition.error
  const name = key === '' ? place : `${key} in ${place}`
  throw new CairnError('config-invalid', `${name}: ${message}`, {
    problems: [{ name, message }],
  })
}
