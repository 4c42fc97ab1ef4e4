import type { ConnectionGater } from '@libp2p/interface'
import type { PeerId } from '../ports/transport.ts'
import type { PeerManager } from './peer-manager.ts'

/**
 * Puts the manager's decisions in force: DHT queries and libp2p's own reconnections dial as well, so that pauses,
 * bans and limits have to be kept here. A peer is known by its proven id, after encryption.
 * @param isSafe - whether a multiaddr may be dialled at all
 */
export function createConnectionGater(
  { mayDial, admits }: Pick<PeerManager, 'mayDial' | 'admits'>,
  isSafe: (address: string) => boolean,
): ConnectionGater {
  return {
    denyDialPeer: (id) => !mayDial(id.toString() as PeerId),
    // The default of a browser refuses plain WebSockets and private addresses, which is where test networks live.
    denyDialMultiaddr: (address) =>
      !isSafe(address.toString()) || !admits('outbound', { address: address.toString() }),
    denyInboundConnection: ({ remoteAddr }) => !admits('inbound', { address: remoteAddr.toString() }),
    denyInboundEncryptedConnection: (id, { remoteAddr }) =>
      !admits('inbound', { peer: id.toString() as PeerId, address: remoteAddr.toString() }),
    denyOutboundEncryptedConnection: (id, { remoteAddr }) =>
      !admits('outbound', { peer: id.toString() as PeerId, address: remoteAddr.toString() }),
  }
}
