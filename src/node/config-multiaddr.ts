import { type Component, multiaddr } from '@multiformats/multiaddr'

function components(text: string): readonly Component[] | undefined {
  try {
    return multiaddr(text).getComponents()
  } catch {
    return undefined
  }
}

const namesOf = (parts: readonly Component[]): string => parts.map((part) => part.name).join('/')

/** An interface and a TCP port, with or without WebSockets on it. */
export function isListenMultiaddr(text: string): boolean {
  const parts = components(text)
  return parts !== undefined && /^(?:ip4|ip6)\/tcp(?:\/ws)?$/.test(namesOf(parts))
}

/** What can stand in front of a peer id: TCP or WebSockets somewhere. */
const DIALABLE = /^(?:ip4|ip6|dns|dns4|dns6)\/tcp(?:\/ws|\/wss|\/tls\/(?:sni\/)?ws)?$/

/** Where others can dial a node; its peer id is added by itself. */
export function isAnnounceMultiaddr(text: string): boolean {
  const parts = components(text)
  return parts !== undefined && DIALABLE.test(namesOf(parts))
}

/** A node that can be dialled over TCP or WebSockets, and the peer id to expect there: without, anyone could answer. */
export function isNodeMultiaddr(text: string): boolean {
  const parts = components(text)
  if (parts?.at(-1)?.name !== 'p2p') return false
  const where = parts.slice(0, -1)
  return namesOf(where) === 'dnsaddr' || DIALABLE.test(namesOf(where))
}
