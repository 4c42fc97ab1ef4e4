import type { Transport } from '../../../src/ports/transport.ts'
import { withOverrides } from '../../../test/support/overrides.ts'
import { addAttacker } from '../attackers.ts'
import { honestNodes, makeAddress, peerName, populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import type { NodeParts } from '../sim-node.ts'
import type { PlacedPeer } from '../sim-transport.ts'
import { verdict } from '../verdicts.ts'
import type { World } from '../world.ts'

/** Sybils for each honest node. */
const SYBILS = 4
/** Address groups that they have. */
const GROUPS = 24
const ARRIVE_WITHIN_MS = 60_000
const ADDRESSES_TOLD = 20

/** Takes part in everything and hands nothing on. */
const silent = ({ transport }: NodeParts): Transport =>
  withOverrides<Transport>(transport, {
    subscribe: (topic, maxBytes) => transport.subscribe(topic, maxBytes, async () => 'ignore'),
    publish: async () => 0,
    open: (peer, protocol, limits, options) =>
      protocol.includes('/hello/')
        ? transport.open(peer, protocol, limits, options)
        : Promise.reject(new Error('a Sybil asks for nothing')),
  })

/** Peers that an honest node has, and how many of them are honest. */
function peersOf(
  world: World,
): { readonly honest: number; readonly outbound: number; readonly sybils: number }[] {
  const isHonest = new Set(world.nodes.filter(({ plan }) => plan.honest).map(({ peer }) => peer))
  return honestNodes(world).map((node) => {
    const connections = node.running()!.transport.connections()
    const outbound = connections.filter(({ inbound }) => !inbound)
    return {
      honest: connections.filter(({ peer }) => isHonest.has(peer)).length,
      outbound: outbound.length,
      sybils: outbound.filter(({ peer }) => !isHonest.has(peer)).length,
    }
  })
}

export const eclipse: Scenario = {
  name: 'eclipse',
  summary:
    'four Sybils for each honest node: they dial everyone, tell only of each other, and hand nothing on',
  // Where Sybils fill the gossip mesh a block goes by the next question for headers.
  limits: { staleRate: 0.35, agreeWithinBlocks: 10 },
  leastNodes: 6,
  leastMinutes: 4,
  stage(world) {
    const { nodes: count } = world.settings
    const chance = world.chance.fork('sybils')
    const groups = Array.from({ length: GROUPS }, () => chance.below(2_000))
    const sybils: PlacedPeer[] = Array.from({ length: SYBILS * count }, (_, i) => ({
      peer: peerName(count + i),
      address: makeAddress(chance, count + i, groups[i % GROUPS]!),
    }))
    populate(world, {
      // Of what a node has heard of at the start, four in five are Sybils as well.
      knows: (index, others) => [
        ...Array.from({ length: 3 }, () => chance.pick(others)).filter(
          ({ peer }) => peer !== peerName(index),
        ),
        ...Array.from({ length: 12 }, () => chance.pick(sybils)),
      ],
    })
    for (const sybil of sybils)
      addAttacker(
        world,
        (plan) => ({
          ...plan,
          ...sybil,
          wrapTransport: silent,
          tells: () => Array.from({ length: ADDRESSES_TOLD }, () => chance.pick(sybils)),
        }),
        { atMs: chance.fraction() * ARRIVE_WITHIN_MS },
      )
    return {
      check() {
        const alone = peersOf(world).filter(({ honest }) => honest === 0).length
        return [verdict('every honest node has an honest peer', alone === 0, `${alone} have none`)]
      },
      figures() {
        const all = peersOf(world)
        const sum = (of: (each: (typeof all)[number]) => number): number =>
          all.reduce((total, each) => total + of(each), 0)
        return {
          sybils: sybils.length,
          sybilShareOfOutbound:
            sum(({ sybils: held }) => held) /
            Math.max(
              1,
              sum(({ outbound }) => outbound),
            ),
          leastHonestPeers: Math.min(...all.map(({ honest }) => honest)),
        }
      },
    }
  },
}
