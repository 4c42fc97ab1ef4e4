import type { Machine } from '../ports/machine.ts'
import type { NodeConfig } from './config.ts'
import { mergeLayers, sourceOf, valueAt } from './config-check.ts'
import type { ConfigSource, GivenFlags } from './config-layers.ts'
import { checkSources, configOfLayers } from './config-load.ts'
import { NETWORK_FILE } from './config-network.ts'
import { CONFIG_OPTIONS } from './config-options.ts'
import { defaultPorts } from './config-ports.ts'

/** One setting as a node would have it. */
export interface ExplainedSetting {
  /** path in the configuration file, with dots */
  readonly key: string
  /** in the form of the configuration file; null where it has none */
  readonly value: unknown
  readonly source: ConfigSource | 'data directory' | 'default'
  /** what the setting is called in that source; null for a default */
  readonly name: string | null
}

const MEGABYTE = 1_000_000

/** Settings that a configuration holds in another form than the file, or under another name. */
const IN_FILE_FORM: Readonly<Record<string, (config: NodeConfig) => unknown>> = {
  network: ({ network }) => network.name,
  dataDir: ({ dataDirectory }) => dataDirectory,
  prune: ({ prune }) => prune ?? 0,
  minimumWork: ({ minimumWork }) => minimumWork.toString(16),
  cache: ({ cacheBytes }) => cacheBytes / MEGABYTE,
  'p2p.port': ({ network }) => defaultPorts(network).p2p,
  'api.enabled': ({ api }) => api !== undefined,
  'mining.address': ({ mining }) => mining.payout?.address,
}

/**
 * Every setting of the node that these flags, the environment and the configuration file make, and where it is from.
 * @throws CairnError as `loadConfig`
 */
export async function explainConfig(
  flags: GivenFlags,
  configFile: string | undefined,
  machine: Machine,
): Promise<ExplainedSetting[]> {
  const layers = await checkSources(flags, configFile, machine)
  const given = mergeLayers(layers)
  const config = await configOfLayers(layers, machine)

  return CONFIG_OPTIONS.map(({ key }) => {
    const path = key.split('.')
    const effective = (IN_FILE_FORM[key] ?? ((whole) => valueAt(whole, path)))(config)
    // A network may be given as a whole definition.
    const value = key === 'network' ? effective : (valueAt(given, path) ?? effective ?? null)
    const layer = sourceOf(layers, key)
    if (layer !== undefined) return { key, value, source: layer.kind, name: layer.nameOf(key) }
    // Without a word of it, any other network than `main` is the one that the data directory says.
    if (key === 'network' && value !== 'main')
      return {
        key,
        value,
        source: 'data directory',
        name: machine.resolvePath(config.dataDirectory, NETWORK_FILE),
      }
    return { key, value, source: 'default', name: null }
  })
}
