import type { PeerId } from '../../src/ports/transport.ts'
import type { Chance } from './chance.ts'
import { HASHES_A_BLOCK, SIM_NETWORK } from './history.ts'
import type { NodePlan, SimNode } from './sim-node.ts'
import type { PlacedPeer } from './sim-transport.ts'
import type { World } from './world.ts'

/** Hashes a second of the whole network at which blocks come at the wanted spacing. */
export const NETWORK_RATE = HASHES_A_BLOCK / SIM_NETWORK.spacing!

/** Of the honest nodes, one in so many mines. */
const NODES_A_MINER = 3
const LEAST_MINERS = 4
/** Nodes start one after another within this, in virtual milliseconds. */
const START_WITHIN_MS = 10_000
/** Peers that a node knows at the start. */
const KNOWN_AT_START = 12

export interface PopulationOptions {
  /** the share of all hash rate that the honest nodes have; 1 unless told */
  readonly hashShare?: number
  /** peers that a node knows at the start */
  readonly knows?: (index: number, others: readonly PlacedPeer[]) => readonly PlacedPeer[]
  /** whether the node begins with the history on its disk */
  readonly hasHistory?: (index: number) => boolean
  readonly change?: (plan: NodePlan) => NodePlan
}

export const peerName = (index: number, life = 0): PeerId =>
  `n${index}${life === 0 ? '' : `x${life}`}` as PeerId

/** A public IPv4 address; nodes of a `group` are in one /16. */
export function makeAddress(chance: Chance, index: number, group?: number): string {
  const [a, b] =
    group === undefined ? [20 + chance.below(80), chance.below(256)] : [120 + (group >> 8), group & 255]
  return `/ip4/${a}.${b}.${index >> 8}.${index & 255}/tcp/9470`
}

/** A plan for a node that keeps to everything and knows nobody. */
export function honestPlan(world: World, index: number): NodePlan {
  const chance = world.chance.fork(`plan ${index}`)
  return {
    index,
    peer: peerName(index),
    address: makeAddress(chance, index),
    honest: true,
    hashesPerSecond: 0,
    // Clocks that NTP keeps: within half a second, and 20 millionths.
    clock: { skewMs: chance.between(-500, 500), driftPpm: chance.between(-20, 20) },
    targetOutbound: 8,
    maxPeers: 64,
    bootstrap: [],
  }
}

/** Adds the honest nodes and has them start. */
export function populate(world: World, options: PopulationOptions = {}): readonly SimNode[] {
  const { hashShare = 1, hasHistory = () => true, change = (plan: NodePlan) => plan } = options
  const chance = world.chance.fork('population')
  const { nodes: count } = world.settings
  const plans = Array.from({ length: count }, (_, index) => honestPlan(world, index))
  const miners = Math.min(count, Math.max(LEAST_MINERS, Math.round(count / NODES_A_MINER)))
  // Hash rate is spread as wealth is: a few have much of it.
  const weights = plans.map((_, index) => (index < miners ? 0.2 + chance.exponential(1) : 0))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const sample = (index: number, others: readonly PlacedPeer[]): PlacedPeer[] =>
    Array.from({ length: KNOWN_AT_START }, () => chance.pick(others)).filter(
      ({ peer }) => peer !== peerName(index),
    )
  const knows = options.knows ?? sample
  return plans.map((plan, index) => {
    const node = world.add(
      change({
        ...plan,
        hashesPerSecond: (NETWORK_RATE * hashShare * weights[index]!) / total,
        bootstrap: knows(index, plans),
      }),
      hasHistory(index),
    )
    world.start(node, chance.fraction() * START_WITHIN_MS)
    return node
  })
}

/** Honest nodes that run. */
export const honestNodes = (world: World): SimNode[] =>
  world.nodes.filter((node) => node.plan.honest && node.running() !== undefined)
