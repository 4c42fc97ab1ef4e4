import { z } from 'zod'
import { RECENT_BLOCKS } from '../../protocols/hello/protocol.ts'
import { isAccessEntry } from '../network/access-list.ts'
import { isAnnounceMultiaddr, isListenMultiaddr, isNodeMultiaddr } from './config-multiaddr.ts'

/** A value that is none of those allowed is answered with this sentence: "has to be …". */
const allowed = (text: string) => ({ error: text })

const section = allowed('a section with keys of its own')
const flag = z.boolean(allowed('true or false'))

const whole = (least: number, most: number, note = '') => {
  const wanted = allowed(`a whole number from ${least} to ${most}${note}`)
  return z.int(wanted).min(least, wanted).max(most, wanted)
}

/** A node keeps at least what it offers to peers (SERVICE_RECENT_BLOCKS), or everything. */
const PRUNE = allowed(`a whole number of blocks, at least ${RECENT_BLOCKS}, or 0 to keep all`)
const MAX_PRUNE = 2 ** 31
const isPruneSetting = (blocks: number): boolean => blocks === 0 || blocks >= RECENT_BLOCKS

/** Megabytes; more than any machine has. */
const MAX_CACHE = 1_048_576

const WORK = allowed('the work of a chain: 1 to 64 hex digits')

const path = z.string(allowed('a path')).min(1, allowed('a path')).max(4_096, allowed('a shorter path'))

const LISTEN = allowed(
  'a multiaddr over TCP or WebSockets to listen on such as /ip4/0.0.0.0/tcp/9470 or /ip4/0.0.0.0/tcp/9471/ws, at most 16 of them',
)
const ANNOUNCE = allowed(
  'a multiaddr that others can dial such as /ip4/192.0.2.1/tcp/9470 or /dns4/node.example.org/tcp/443/wss, at most 16 of them',
)
const NODE = allowed(
  "a node's multiaddr such as /ip4/192.0.2.1/tcp/9470/p2p/12D3KooW… with its peer id, at most 256 of them",
)
const ACCESS = allowed(
  'a peer id such as 12D3KooW…, an IP address, or a range of them such as 10.0.0.0/8; at most 1024 of them',
)
const accessList = z.array(z.string(ACCESS).refine(isAccessEntry, ACCESS), ACCESS).max(1_024, ACCESS)
const ORIGIN = allowed(
  'an origin such as https://wallet.example or http://localhost:5173, at most 64 of them',
)
/** Scheme, host and port, and nothing else: what a browser states in `Origin`. */
const isOrigin = (text: string): boolean =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text
const ADDRESS = allowed('an address of the network')

/** The most that `--mine-interval` can be: a day. */
const MAX_INTERVAL = 86_400
const INTERVAL = allowed(`seconds from 0 to ${MAX_INTERVAL}`)

/**
 * The configuration file, and with it every other source: flags and variables are brought into this form first.
 * Each message says what is allowed.
 */
export const CONFIG_SCHEMA = z.strictObject(
  {
    network: z
      .union(
        [path, z.record(z.string(), z.unknown())],
        allowed('main, test, dev, a path, or a definition of a network'),
      )
      .optional(),
    dataDir: path.optional(),
    prune: z.int(PRUNE).max(MAX_PRUNE, PRUNE).refine(isPruneSetting, PRUNE).optional(),
    minimumWork: z
      .string(WORK)
      .regex(/^[0-9a-fA-F]{1,64}$/, WORK)
      .optional(),
    cache: whole(4, MAX_CACHE, ' megabytes').optional(),
    indexes: z
      .strictObject({ addresses: flag.optional(), transactions: flag.optional() }, section)
      .optional(),
    p2p: z
      .strictObject(
        {
          // The next port is for WebSockets.
          port: whole(0, 65_534).optional(),
          listen: z
            .array(z.string(LISTEN).refine(isListenMultiaddr, LISTEN), LISTEN)
            .max(16, LISTEN)
            .optional(),
          announce: z
            .array(z.string(ANNOUNCE).refine(isAnnounceMultiaddr, ANNOUNCE), ANNOUNCE)
            .max(16, ANNOUNCE)
            .optional(),
          bootstrap: z.array(z.string(NODE).refine(isNodeMultiaddr, NODE), NODE).max(256, NODE).optional(),
          mdns: flag.optional(),
          dht: flag.optional(),
          targetPeers: whole(0, 32).optional(),
          maxPeers: whole(1, 1_000).optional(),
          privateKeyFile: path.optional(),
          allow: accessList.optional(),
          deny: accessList.optional(),
        },
        section,
      )
      .optional(),
    api: z
      .strictObject(
        {
          enabled: flag.optional(),
          port: whole(0, 65_535).optional(),
          origins: z.array(z.string(ORIGIN).refine(isOrigin, ORIGIN), ORIGIN).max(64, ORIGIN).optional(),
          rateLimit: whole(1, 1_000_000).optional(),
        },
        section,
      )
      .optional(),
    mining: z
      .strictObject(
        {
          enabled: flag.optional(),
          address: z.string(ADDRESS).min(1, ADDRESS).max(100, ADDRESS).optional(),
          threads: whole(1, 256).optional(),
          interval: z.number(INTERVAL).min(0, INTERVAL).max(MAX_INTERVAL, INTERVAL).optional(),
        },
        section,
      )
      .optional(),
    logging: z
      .strictObject(
        {
          level: z
            .enum(
              ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
              allowed('trace, debug, info, warn, error or silent'),
            )
            .optional(),
          format: z.enum(['pretty', 'json'], allowed('pretty or json')).optional(),
        },
        section,
      )
      .optional(),
  },
  allowed('one JSON object'),
)

/** What one source says, or several together: anything may be left out. */
export type GivenConfig = z.output<typeof CONFIG_SCHEMA>
