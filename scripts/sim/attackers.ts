import { honestPlan, makeAddress, peerName } from './population.ts'
import type { NodePlan, SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** When attackers appear, in virtual milliseconds. */
const ATTACK_AT_MS = 45_000
/** Honest nodes that an attacker knows. */
const KNOWN = 16

/** Adds a node that is not honest; it dials many and takes everyone. */
export function addAttacker(
  world: World,
  change: (plan: NodePlan) => NodePlan,
  { atMs = ATTACK_AT_MS, group }: { atMs?: number; group?: number } = {},
): SimNode {
  const index = world.nodes.length
  const chance = world.chance.fork(`attacker ${index}`)
  const honest = world.nodes.filter(({ plan }) => plan.honest)
  const node = world.add(
    change({
      ...honestPlan(world, index),
      peer: peerName(index),
      address: makeAddress(chance, index, group),
      honest: false,
      targetOutbound: 16,
      maxPeers: 128,
      bootstrap: Array.from({ length: KNOWN }, () => chance.pick(honest).plan),
    }),
    true,
  )
  world.start(node, Math.max(0, atMs - world.time.now))
  return node
}

export const addAttackers = (
  world: World,
  count: number,
  change: (plan: NodePlan) => NodePlan,
): readonly SimNode[] => Array.from({ length: count }, () => addAttacker(world, change))

/**
 * Keeps so many attackers going: each leaves after a while and comes back under a new name and address, as whoever is
 * banned does. Returns the way to end that and all of them.
 */
export function keepAttacking(
  world: World,
  { count, lifeMs }: { readonly count: number; readonly lifeMs: number },
  change: (plan: NodePlan) => NodePlan,
): () => void {
  let ended = false
  const living = new Set<SimNode>()
  const live = (): void => {
    if (ended) return
    const node = addAttacker(world, change)
    living.add(node)
    world.later(Math.max(0, ATTACK_AT_MS - world.time.now) + lifeMs, () => {
      living.delete(node)
      if (ended) return
      node.crash(false)
      live()
    })
  }
  for (let i = 0; i < count; i++) live()
  return () => {
    ended = true
    for (const node of living) node.crash(false)
  }
}
