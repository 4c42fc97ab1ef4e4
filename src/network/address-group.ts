import { multiaddr } from '@multiformats/multiaddr'

/** 10/8, 172.16/12, 192.168/16, 169.254/16, 127/8, 100.64/10: no sign of who runs the host. */
const PRIVATE_IP4 =
  /^(?:10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/
/** ::1, fe80::/10, fc00::/7 */
const PRIVATE_IP6 = /^(?:::1$|fe[89ab]|f[cd])/i

/**
 * What an address has in common with others that one operator can cheaply have: the first 16 bits of an IPv4 address,
 * the first 32 of an IPv6 one, or a name. Undefined for private addresses, which say nothing, and for others.
 */
export function addressGroup(address: string): string | undefined {
  for (const { name, value } of multiaddr(address).getComponents()) {
    if (value === undefined) continue
    if (name === 'ip4') return PRIVATE_IP4.test(value) ? undefined : value.split('.').slice(0, 2).join('.')
    if (name === 'ip6') return PRIVATE_IP6.test(value) ? undefined : value.split(':').slice(0, 2).join(':')
    if (name.startsWith('dns')) return value
  }
  return undefined
}
