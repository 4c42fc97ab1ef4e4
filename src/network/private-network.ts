import { CairnError } from '../base/errors.ts'
import { parseAddress } from './named-peers.ts'

/** What TCP and WebSockets addresses are made of. `dnsaddr` stands for other addresses, which are looked at in turn. */
const PROTECTED = new Set([
  ...['ip4', 'ip6', 'ip6zone', 'dns', 'dns4', 'dns6', 'dnsaddr'],
  ...['tcp', 'ws', 'wss', 'tls', 'sni', 'http-path', 'p2p'],
])

/**
 * Whether a connection to the multiaddr is one that a pre-shared key protects. WebRTC, WebTransport and QUIC bring an
 * encryption of their own, and libp2p lets them pass by the key: anyone could connect.
 */
export const isProtectable = (address: string): boolean =>
  parseAddress(address)
    .getComponents()
    .every(({ name }) => PROTECTED.has(name))

/** @throws CairnError `address-not-private` for an address that a private network cannot have */
export function refuseUnprotected(addresses: readonly string[]): void {
  const address = addresses.find((address) => !isProtectable(address))
  if (address !== undefined)
    throw new CairnError(
      'address-not-private',
      `a private network goes over TCP and WebSockets only, since other transports bypass its key: ${address}`,
      { address },
    )
}
