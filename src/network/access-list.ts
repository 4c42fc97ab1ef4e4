import { IpNet } from '@chainsafe/netmask'
import { peerIdFromString } from '@libp2p/peer-id'
import { CairnError } from '../base/errors.ts'
import type { PeerId } from '../ports/transport.ts'
import { ipOf } from './ip-address.ts'

/** Whom the user lets connect, in both directions: each entry is a peer id, an IP address or a range of them (CIDR). */
export interface AccessOptions {
  /** where there are any, nobody else may connect */
  readonly allow: readonly string[]
  /** never connect, whatever `allow` says */
  readonly deny: readonly string[]
}

/** Someone at the other end; what is not known yet is left out. */
export interface Party {
  readonly peer?: PeerId
  /** multiaddr */
  readonly address?: string
}

export interface AccessList {
  /** Whether the party may connect, or may turn out to be one that may. */
  permits(party: Party): boolean
}

interface Entries {
  readonly peers: ReadonlySet<string>
  readonly ranges: readonly IpNet[]
}

const ADDRESS = /^[\da-f.:]+(?:\/\d{1,3})?$/i

/** Whether the text is a peer id, an IP address or a range of them. */
export function isAccessEntry(text: string): boolean {
  return rangeOf(text) !== undefined || isPeerId(text)
}

function rangeOf(text: string): IpNet | undefined {
  if (!ADDRESS.test(text)) return undefined
  const bits = text.includes(':') ? 128 : 32
  if (Number(text.split('/')[1] ?? bits) > bits) return undefined
  try {
    return new IpNet(text.includes('/') ? text : `${text}/${bits}`)
  } catch {
    return undefined
  }
}

function isPeerId(text: string): boolean {
  try {
    return peerIdFromString(text).toString() === text
  } catch {
    return false
  }
}

function parse(texts: readonly string[]): Entries {
  const peers = new Set<string>()
  const ranges: IpNet[] = []
  for (const text of texts) {
    const range = rangeOf(text)
    if (range !== undefined) ranges.push(range)
    else if (isPeerId(text)) peers.add(text)
    else
      throw new CairnError('option-invalid', `neither a peer id nor an IP address nor a range: ${text}`, {
        text,
      })
  }
  return { peers, ranges }
}

/** @throws CairnError `option-invalid` for an entry that is none */
export function createAccessList(options: AccessOptions): AccessList {
  const deny = parse(options.deny)
  const allow = options.allow.length === 0 ? undefined : parse(options.allow)
  const contains = ({ ranges }: Entries, ip: string): boolean => ranges.some((range) => range.contains(ip))

  return {
    permits({ peer, address }) {
      const ip = address === undefined ? undefined : ipOf(address)?.text
      if (peer !== undefined && deny.peers.has(peer)) return false
      if (ip !== undefined && contains(deny, ip)) return false
      if (allow === undefined) return true
      if (peer !== undefined && allow.peers.has(peer)) return true
      if (ip !== undefined && contains(allow, ip)) return true
      // What is not known yet may still be on the list.
      return (
        (peer === undefined && allow.peers.size > 0) || (address === undefined && allow.ranges.length > 0)
      )
    },
  }
}
