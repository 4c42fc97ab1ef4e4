import type { NetworkParameters } from '../consensus/parameters.ts'
import type { Machine } from '../ports/machine.ts'
import { decodeAddress } from '../script/address.ts'
import type { MiningConfig, NodeConfig } from './config.ts'
import { type CheckedLayer, checkLayer, mergeLayers, sourceOf } from './config-check.ts'
import { environmentLayer, fileLayer, flagLayer, type GivenFlags, unknownVariables } from './config-layers.ts'
import { loadNetwork, networkOfDirectory } from './config-network.ts'
import { CONFIG_FILE_VARIABLE } from './config-options.ts'
import { defaultPorts } from './config-ports.ts'
import { badValue, type ConfigProblem, refuseProblems } from './config-problems.ts'
import type { GivenConfig } from './config-schema.ts'

const DEFAULT_TARGET_PEERS = 8
const DEFAULT_MAX_PEERS = 64

const MEGABYTE = 1_000_000
/** Megabytes for coins. */
const DEFAULT_CACHE = 64
/** Requests a second. */
const DEFAULT_API_RATE_LIMIT = 10_000

/** Seconds between own blocks where no difficulty paces them. */
const DEFAULT_INTERVAL = 5

/**
 * The node's configuration from its flags, the environment, the configuration file and the defaults: the first of
 * these that says something of a setting decides.
 * @param configFile - what `--config` says
 * @throws CairnError `config-invalid` that names each bad setting, its source and what is allowed;
 * `config-unreadable` for a file
 */
export async function loadConfig(
  flags: GivenFlags,
  configFile: string | undefined,
  machine: Machine,
): Promise<NodeConfig> {
  return configOfLayers(await checkSources(flags, configFile, machine), machine)
}

/**
 * The configuration of a node inside a program: what is given, and defaults. Neither environment nor files are asked.
 * @param given - as in a configuration file; relative paths start from the working directory
 * @throws CairnError `config-invalid`
 */
export async function configOf(given: GivenConfig, machine: Machine): Promise<NodeConfig> {
  const checked = checkLayer(
    { kind: 'program', values: given, base: machine.workingDirectory, nameOf: (key) => key },
    machine,
  )
  if ('problems' in checked) refuseProblems(checked.problems)
  return configOfLayers('problems' in checked ? [] : [checked], machine)
}

/** @param layers - the one that decides first */
export async function configOfLayers(layers: readonly CheckedLayer[], machine: Machine): Promise<NodeConfig> {
  const given = mergeLayers(layers)
  const source = sourceOf(layers, 'network')
  const network =
    given.network === undefined || source === undefined
      ? await networkOfDirectory(given.dataDir, machine)
      : await loadNetwork(given.network, source, machine)
  const ports = defaultPorts(network)
  const p2pPort = given.p2p?.port ?? ports.p2p

  return {
    network,
    dataDirectory: given.dataDir ?? machine.resolvePath(machine.homeDirectory, `.cairn/${network.name}`),
    minimumWork: BigInt(`0x${given.minimumWork ?? '0'}`),
    prune: given.prune === 0 ? undefined : given.prune,
    cacheBytes: (given.cache ?? DEFAULT_CACHE) * MEGABYTE,
    indexes: {
      addresses: given.indexes?.addresses ?? true,
      transactions: given.indexes?.transactions ?? true,
    },
    p2p: {
      listen: [...new Set(given.p2p?.listen ?? defaultListen(p2pPort))],
      announce: [...new Set(given.p2p?.announce)],
      bootstrap: [...new Set(given.p2p?.bootstrap)],
      mdns: given.p2p?.mdns ?? true,
      dht: given.p2p?.dht ?? true,
      ...peerNumbers(given, layers),
      privateKeyFile: given.p2p?.privateKeyFile,
      allow: [...new Set(given.p2p?.allow)],
      deny: [...new Set(given.p2p?.deny)],
    },
    api:
      (given.api?.enabled ?? true)
        ? {
            port: given.api?.port ?? ports.api,
            origins: [...new Set(given.api?.origins)],
            rateLimit: given.api?.rateLimit ?? DEFAULT_API_RATE_LIMIT,
          }
        : undefined,
    mining: miningOf(given, layers, network, machine),
    logging: {
      level: given.logging?.level ?? 'info',
      format: given.logging?.format ?? (machine.interactive ? 'pretty' : 'json'),
    },
  }
}

/** The sources in the order in which they decide. */
export async function checkSources(
  flags: GivenFlags,
  configFile: string | undefined,
  machine: Machine,
): Promise<CheckedLayer[]> {
  const sources = [flagLayer(flags, machine), environmentLayer(machine)]
  const file = configFile ?? (machine.environment[CONFIG_FILE_VARIABLE] || undefined)
  if (file !== undefined)
    sources.push(await fileLayer(machine.resolvePath(machine.workingDirectory, file), machine))

  const problems: ConfigProblem[] = unknownVariables(machine)
  const layers: CheckedLayer[] = []
  for (const source of sources) {
    const checked = checkLayer(source, machine)
    if ('problems' in checked) problems.push(...checked.problems)
    else layers.push(checked)
  }
  refuseProblems(problems)
  return layers
}

function peerNumbers(
  { p2p }: GivenConfig,
  layers: readonly CheckedLayer[],
): { targetPeers: number; maxPeers: number } {
  const nameOf = (key: string) => sourceOf(layers, key)?.nameOf(key) ?? key
  const maxPeers = p2p?.maxPeers ?? Math.max(DEFAULT_MAX_PEERS, 2 * (p2p?.targetPeers ?? 0))
  const targetPeers = p2p?.targetPeers ?? Math.min(DEFAULT_TARGET_PEERS, Math.floor(maxPeers / 2))
  if (targetPeers >= maxPeers)
    refuseProblems([
      badValue(
        nameOf('p2p.maxPeers'),
        maxPeers,
        `more than the ${targetPeers} connections of ${nameOf('p2p.targetPeers')}`,
      ),
    ])
  return { targetPeers, maxPeers }
}

/** Port 0 asks for a free one, each time anew. */
const defaultListen = (port: number): string[] => [
  `/ip4/0.0.0.0/tcp/${port}`,
  `/ip4/0.0.0.0/tcp/${port === 0 ? 0 : port + 1}/ws`,
]

function miningOf(
  { mining }: GivenConfig,
  layers: readonly CheckedLayer[],
  network: NetworkParameters,
  machine: Machine,
): MiningConfig {
  const nameOf = (key: string) => sourceOf(layers, key)?.nameOf(key) ?? key
  const paced = network.spacing === null
  if (mining?.interval !== undefined && !paced)
    refuseProblems([
      badValue(
        nameOf('mining.interval'),
        mining.interval,
        `left out: the difficulty of the network ${network.name} paces its blocks`,
      ),
    ])
  const decoded = mining?.address === undefined ? undefined : decodeAddress(mining.address, network.prefix)
  if (decoded?.ok === false)
    refuseProblems([
      badValue(
        nameOf('mining.address'),
        mining?.address,
        `an address of the network ${network.name} (${decoded.error.message})`,
      ),
    ])
  return {
    enabled: mining?.enabled ?? false,
    payout: decoded?.ok ? { address: mining!.address!, scriptPubKey: decoded.value } : undefined,
    threads: mining?.threads ?? Math.max(1, machine.processors - 1),
    interval: paced ? (mining?.interval ?? DEFAULT_INTERVAL) : undefined,
  }
}
