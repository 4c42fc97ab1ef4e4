import { CairnError, errorCode } from '../base/errors.ts'
import { networkDefinitionJson, parseNetworkDefinition } from '../consensus/network-definition.ts'
import { builtInNetwork, isBuiltInNetwork, makeNetwork } from '../consensus/networks.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Machine } from '../ports/machine.ts'
import { type ConfigLayer, readJsonFile } from './config-layers.ts'
import { badValue, refuseProblems } from './config-problems.ts'
import type { GivenConfig } from './config-schema.ts'

/** What tells the path of a network's file from a name. */
const FILE = /\.json$|[/\\]/i

/** In a data directory: which network it is of, so that nobody has to say it twice. */
export const NETWORK_FILE = 'network.json'

/** What `network.json` of a data directory holds: a built-in network's name, or a definition. */
export const networkFileContent = (network: NetworkParameters): unknown =>
  isBuiltInNetwork(network.name) ? network.name : networkDefinitionJson(network)

/** The network that a data directory is of; `main` where it does not say. */
export async function networkOfDirectory(
  dataDirectory: string | undefined,
  machine: Machine,
): Promise<NetworkParameters> {
  if (dataDirectory === undefined) return builtInNetwork('main')
  const path = machine.resolvePath(dataDirectory, NETWORK_FILE)
  let json: unknown
  try {
    json = await readJsonFile(path, machine)
  } catch (error) {
    // Missing is a directory that no node has used; what is there and makes no sense is not passed over.
    if (errorCode((error as Error).cause) === 'file-unreadable') return builtInNetwork('main')
    throw error
  }
  return typeof json === 'string' && isBuiltInNetwork(json) ? builtInNetwork(json) : custom(json, path)
}

/**
 * The network that `given` names, defines, or keeps in a file.
 * @param source - where it was given
 * @throws CairnError `config-invalid` or `config-unreadable`
 */
export async function loadNetwork(
  given: NonNullable<GivenConfig['network']>,
  source: ConfigLayer,
  machine: Machine,
): Promise<NetworkParameters> {
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
