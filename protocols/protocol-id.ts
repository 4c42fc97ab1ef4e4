import type { NetworkParameters } from '../src/consensus/parameters.ts'

/** A libp2p protocol id; the network's id in it keeps networks apart. */
export const protocolId = (network: Pick<NetworkParameters, 'id'>, name: string, version: string): string =>
  `/cairn/${network.id}/${name}/${version}`

/** A gossip topic; `version` is a whole number. */
export const topicName = (network: Pick<NetworkParameters, 'id'>, name: string, version: number): string =>
  `/cairn/${network.id}/${name}/${version}`
