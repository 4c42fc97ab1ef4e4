import { type BuiltInNetwork, isBuiltInNetwork } from '../consensus/networks.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'

export interface DefaultPorts {
  /** TCP; WebSockets take the next one */
  readonly p2p: number
  readonly api: number
}

const BUILT_IN_PORTS: Readonly<Record<BuiltInNetwork, number>> = { main: 9470, test: 19470, dev: 29470 }

const CUSTOM_FIRST_PORT = 20_480
const CUSTOM_SLOTS = 1_024
/** three are in use: TCP, WebSockets, API */
const PORTS_PER_NETWORK = 8

/**
 * Where a network's nodes listen unless told otherwise. A custom network's ports follow from its id, so that all its
 * nodes expect the same ones: 20480 + 8 · (id mod 1024), which lies below the ephemeral ports of every common system
 * and away from the built-in networks'.
 */
export function defaultPorts({ name, id }: Pick<NetworkParameters, 'name' | 'id'>): DefaultPorts {
  const p2p = isBuiltInNetwork(name)
    ? BUILT_IN_PORTS[name]
    : CUSTOM_FIRST_PORT + PORTS_PER_NETWORK * (Number.parseInt(id, 16) % CUSTOM_SLOTS)
  return { p2p, api: p2p + 2 }
}
