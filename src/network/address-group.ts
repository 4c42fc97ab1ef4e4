import { multiaddr } from '@multiformats/multiaddr'
import { ipOf } from './ip-address.ts'

/** 10/8, 172.16/12, 192.168/16, 169.254/16, 127/8, 100.64/10: no sign of who runs the host. */
const PRIVATE_IP4 =
  /^(?:10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/
/** ::1, fe80::/10, fc00::/7 */
const PRIVATE_IP6 = /^(?:::1$|fe[89ab]|f[cd])/i

/** The same few are asked for every second, and multiaddrs are slow to take apart: so many are remembered. */
const MAX_REMEMBERED = 4_096
const remembered = new Map<string, string | undefined>()

/**
 * What an address has in common with others that one operator can cheaply have: the first 16 bits of an IPv4 address,
 * the first 32 of an IPv6 one, or a name. Undefined for private addresses, which say nothing, and for others.
 */
export function addressGroup(address: string): string | undefined {
  if (remembered.has(address)) return remembered.get(address)
  const group = groupOf(address)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(address, group)
  return group
}

function groupOf(address: string): string | undefined {
  const ip = ipOf(address)
  if (ip === undefined)
    return multiaddr(address)
      .getComponents()
      .find(({ name }) => name.startsWith('dns'))?.value
  const { version, text } = ip
  if (version === 4) return PRIVATE_IP4.test(text) ? undefined : text.split('.').slice(0, 2).join('.')
  return PRIVATE_IP6.test(text) ? undefined : text.split(':').slice(0, 2).join(':')
}
