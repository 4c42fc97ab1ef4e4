import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { CairnError } from '../base/errors.ts'
import type { PeerId } from '../ports/transport.ts'

const P2P = 'p2p'

/** The peer that a multiaddr ends in, if it names one. Throws `address-malformed`. */
export function peerInAddress(address: string): PeerId | undefined {
  return peerIn(parseAddress(address))
}

/** Throws `address-malformed`. */
export function parseAddress(address: string): Multiaddr {
  try {
    return multiaddr(address)
  } catch (error) {
    throw new CairnError('address-malformed', `not a multiaddr: ${address}`, { address }, error)
  }
}

function peerIn(address: Multiaddr): PeerId | undefined {
  return address.getComponents().findLast(({ name }) => name === P2P)?.value as PeerId | undefined
}

/** The address with the peer's id at its end. */
export function addressOfPeer(address: string, peer: PeerId): Multiaddr {
  const parsed = multiaddr(address)
  return peerIn(parsed) === undefined ? parsed.encapsulate(`/${P2P}/${peer}`) : parsed
}

/**
 * The peers that the user names, each with its addresses, without ourselves: one list may be given to all nodes. Throws `address-malformed`, or `address-without-peer` where
 * an address does not say whom to expect: anyone could answer there.
 */
export function parseNamedPeers(
  addresses: readonly string[],
  self: PeerId,
): ReadonlyMap<PeerId, readonly string[]> {
  const named = new Map<PeerId, string[]>()
  for (const address of addresses) {
    const peer = peerInAddress(address)
    if (peer === undefined)
      throw new CairnError('address-without-peer', `a bootstrap address ends in /p2p/<peer id>: ${address}`, {
        address,
      })
    if (peer !== self) named.set(peer, [...(named.get(peer) ?? []), address])
  }
  return named
}
