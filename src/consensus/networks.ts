import { invariant } from '../base/errors.ts'
import { targetOfBits } from '../primitives/target.ts'
import { makeGenesis } from './genesis.ts'
import type { NetworkDefinition, NetworkParameters } from './parameters.ts'

const MAIN: NetworkDefinition = {
  name: 'main',
  prefix: 'crn',
  spacing: 30,
  halfLife: 3600,
  limitBits: 0x1e00ffff,
  initialBits: 0x1e00ffff,
  futureLimit: 300,
  gapCap: 7200,
  maturity: 100,
  halving: 2_100_000,
  subsidy: 500_000_000,
  // 2026-11-21T00:00:00Z
  genesisTime: 1_795_219_200,
}

const TEST: NetworkDefinition = { ...MAIN, name: 'test', prefix: 'tcrn' }

const DEV: NetworkDefinition = {
  ...MAIN,
  name: 'dev',
  prefix: 'dcrn',
  spacing: null,
  halfLife: null,
  limitBits: 0x207fffff,
  initialBits: 0x207fffff,
  gapCap: null,
  maturity: 10,
  halving: 150,
  subsidy: 5_000_000_000,
}

export type BuiltInNetwork = 'main' | 'test' | 'dev'

export const BUILT_IN_NETWORKS: Readonly<Record<BuiltInNetwork, NetworkDefinition>> = {
  main: MAIN,
  test: TEST,
  dev: DEV,
}

export const isBuiltInNetwork = (name: string): name is BuiltInNetwork =>
  Object.hasOwn(BUILT_IN_NETWORKS, name)

/** A network's parameters from a definition that `parseNetworkDefinition` would pass. */
export function makeNetwork(definition: NetworkDefinition): NetworkParameters {
  const limit = targetOfBits(definition.limitBits)
  invariant(limit !== undefined, `limitBits of network ${definition.name} is no target`)
  const genesis = makeGenesis(definition)
  return { ...definition, limit, genesis, id: genesis.hash.slice(0, 8) }
}

/** Parameters of a built-in network. */
export const builtInNetwork = (name: BuiltInNetwork): NetworkParameters =>
  makeNetwork(BUILT_IN_NETWORKS[name])
