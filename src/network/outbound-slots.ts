import type { PeerConnection, PeerId } from '../ports/transport.ts'
import { addressGroup } from './address-group.ts'

/** Which of the connections that we made fill the places that we keep for such. */
export interface OutboundSlots {
  /** in their places */
  readonly kept: readonly PeerConnection[]
  /** connections more than wanted: made by DHT queries, or in address groups that have their share */
  readonly surplus: readonly PeerConnection[]
  /** Whether one more of the address group fits; private addresses have none. */
  fits(group: string | undefined): boolean
  /** Counts one more that is being made. */
  take(group: string | undefined): void
}

export interface OutboundSlotsOptions {
  /** places */
  readonly target: number
  /** address groups that are known to be there */
  readonly groups: number
  /** whether the user named the peer: it has a place whatever the target and its group */
  readonly isNamed: (peer: PeerId) => boolean
  /** whether we chose the peer for a place, rather than a DHT query */
  readonly isChosen: (peer: PeerId) => boolean
}

/**
 * An address group has one place, so that whoever runs many hosts in a few networks does not get them all. Where fewer
 * groups are known than there are places, each has its share, rounded up: a network in two data centres is not kept
 * from connecting.
 */
export function assignSlots(
  outbound: readonly PeerConnection[],
  { target, groups, isNamed, isChosen }: OutboundSlotsOptions,
): OutboundSlots {
  const share = Math.max(1, Math.ceil(target / Math.max(1, groups)))
  const taken = new Map<string, number>()
  const fits = (group: string | undefined): boolean => group === undefined || (taken.get(group) ?? 0) < share
  const take = (group: string | undefined): void => {
    if (group !== undefined) taken.set(group, (taken.get(group) ?? 0) + 1)
  }
  const kept: PeerConnection[] = outbound.filter(({ peer }) => isNamed(peer))
  const surplus: PeerConnection[] = []
  const others = outbound
    .filter(({ peer }) => !isNamed(peer))
    .sort((a, b) => Number(isChosen(b.peer)) - Number(isChosen(a.peer)) || a.since - b.since)
  for (const connection of others) {
    const group = addressGroup(connection.address)
    if (kept.length < target && fits(group)) {
      kept.push(connection)
      take(group)
    } else surplus.push(connection)
  }
  return { kept, surplus, fits, take }
}
