import { multiaddr } from '@multiformats/multiaddr'

/** An IPv4 address as a socket for both versions sees it (RFC 4291, 2.5.5.2), in the form that multiaddrs print. */
const MAPPED_IP4 = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/i

/** An IP address in its usual text form. */
export interface IpAddress {
  readonly version: 4 | 6
  readonly text: string
}

/** The IP address of a multiaddr, if it has one: an IPv4 address is one however it came. */
export function ipOf(address: string): IpAddress | undefined {
  const ip = multiaddr(address)
    .getComponents()
    .find(({ name }) => name === 'ip4' || name === 'ip6')
  if (ip?.value === undefined) return undefined
  const [, high, low] = MAPPED_IP4.exec(ip.value) ?? []
  if (ip.name === 'ip4' || high === undefined) return { version: ip.name === 'ip4' ? 4 : 6, text: ip.value }
  const [first, last] = [Number.parseInt(high, 16), Number.parseInt(low!, 16)]
  return { version: 4, text: [first >> 8, first & 0xff, last >> 8, last & 0xff].join('.') }
}
