/**
 * - `text`: as it stands
 * - `number`: decimal in a flag or variable, a number in the file
 * - `switch`: `--x` or `--no-x`, true or false in a variable and in the file
 * - `list`: a flag that may be repeated, a comma-separated variable, an array in the file
 */
export type OptionKind = 'text' | 'number' | 'switch' | 'list'

/** One setting: what it is called in each of the places where it can be given. */
export interface ConfigOption {
  /** path in the configuration file, with dots */
  readonly key: string
  readonly variable: string
  /** as commander reads it; undefined where there is no flag */
  readonly flag?: string
  readonly kind: OptionKind
  readonly description: string
}

/** Names the configuration file, as `--config` does; neither is a setting, since the file cannot hold it. */
export const CONFIG_FILE_VARIABLE = 'CAIRN_CONFIG'

/** Variables with our prefix that are not settings of a node. */
export const OTHER_VARIABLES = [
  CONFIG_FILE_VARIABLE,
  'CAIRN_API_URL',
  'CAIRN_API_TOKEN',
  'CAIRN_WALLET_PASSPHRASE',
  'CAIRN_WALLET_PASSPHRASE_FILE',
  'CAIRN_BIP39_PASSPHRASE',
  'CAIRN_BIP39_PASSPHRASE_FILE',
  'CAIRN_PREIMAGE',
  'CAIRN_PREIMAGE_FILE',
] as const

/** Every setting of a node. */
export const CONFIG_OPTIONS: readonly ConfigOption[] = [
  {
    key: 'network',
    variable: 'CAIRN_NETWORK',
    flag: '--network <name|file>',
    kind: 'text',
    description: 'main, test, dev, or the JSON file of a custom network (default: main)',
  },
  {
    key: 'dataDir',
    variable: 'CAIRN_DATA_DIR',
    flag: '--data-dir <folder>',
    kind: 'text',
    description: 'where chain, keys and wallets are kept (default: ~/.cairn/<network>)',
  },
  {
    key: 'prune',
    variable: 'CAIRN_PRUNE',
    flag: '--prune <n>',
    kind: 'number',
    description: 'keep only the last n blocks, at least 288; 0 for all (default: all)',
  },
  {
    key: 'minimumWork',
    variable: 'CAIRN_MINIMUM_WORK',
    flag: '--minimum-work <hex>',
    kind: 'text',
    description:
      "store no chain of peers with less work than this, in hex as in a block's `work` (default: 0)",
  },
  {
    key: 'cache',
    variable: 'CAIRN_CACHE',
    flag: '--cache <MB>',
    kind: 'number',
    description: 'memory for coins, at least 4 MB (default: 64)',
  },
  {
    key: 'indexes.addresses',
    variable: 'CAIRN_ADDRESS_INDEX',
    flag: '--no-address-index',
    kind: 'switch',
    description:
      'do not keep the coins of each address; wallets need them. For a new data directory, or with reindex',
  },
  {
    key: 'indexes.transactions',
    variable: 'CAIRN_TRANSACTION_INDEX',
    flag: '--no-transaction-index',
    kind: 'switch',
    description: 'do not keep the block of each transaction. For a new data directory, or with reindex',
  },
  {
    key: 'p2p.bootstrap',
    variable: 'CAIRN_BOOTSTRAP',
    flag: '--bootstrap <multiaddr>',
    kind: 'list',
    description: 'a node to dial first (repeatable)',
  },
  {
    key: 'p2p.listen',
    variable: 'CAIRN_LISTEN',
    flag: '--listen <multiaddr>',
    kind: 'list',
    description:
      'where to listen for peers (repeatable; default: TCP and WebSockets on every IPv4 interface)',
  },
  {
    key: 'p2p.announce',
    variable: 'CAIRN_ANNOUNCE',
    flag: '--announce <multiaddr>',
    kind: 'list',
    description:
      'where others can dial this node, in place of what it listens on, as behind NAT (repeatable)',
  },
  {
    key: 'p2p.port',
    variable: 'CAIRN_P2P_PORT',
    flag: '--p2p-port <port>',
    kind: 'number',
    description: 'TCP port of the default --listen; WebSockets take the next one (default: by network)',
  },
  {
    key: 'p2p.mdns',
    variable: 'CAIRN_MDNS',
    flag: '--no-mdns',
    kind: 'switch',
    description: 'do not look for peers on the local network',
  },
  {
    key: 'p2p.dht',
    variable: 'CAIRN_DHT',
    flag: '--no-dht',
    kind: 'switch',
    description: 'do not look for peers through the DHT',
  },
  {
    key: 'p2p.targetPeers',
    variable: 'CAIRN_TARGET_PEERS',
    flag: '--target-peers <n>',
    kind: 'number',
    description: 'outbound connections to aim for (default: 8)',
  },
  {
    key: 'p2p.maxPeers',
    variable: 'CAIRN_MAX_PEERS',
    flag: '--max-peers <n>',
    kind: 'number',
    description: 'connected peers at most, --target-peers of them kept for those that we dial (default: 64)',
  },
  {
    key: 'p2p.privateKeyFile',
    variable: 'CAIRN_PRIVATE_KEY_FILE',
    flag: '--private-key-file <file>',
    kind: 'text',
    description:
      'the key of a private network, which only its holders can connect to; see `cairn private-key`',
  },
  {
    key: 'p2p.allow',
    variable: 'CAIRN_ALLOW',
    flag: '--allow <peer|range>',
    kind: 'list',
    description: 'a peer id, IP address or range (CIDR) that may connect; nobody else may (repeatable)',
  },
  {
    key: 'p2p.deny',
    variable: 'CAIRN_DENY',
    flag: '--deny <peer|range>',
    kind: 'list',
    description:
      'a peer id, IP address or range (CIDR) that may not connect, whatever --allow says (repeatable)',
  },
  {
    key: 'api.port',
    variable: 'CAIRN_API_PORT',
    flag: '--api-port <port>',
    kind: 'number',
    description: 'port of the HTTP API on 127.0.0.1, 0 for a free one (default: by network)',
  },
  {
    key: 'api.origins',
    variable: 'CAIRN_API_ORIGINS',
    flag: '--api-origin <origin>',
    kind: 'list',
    description:
      'web pages that may use the HTTP API, such as https://wallet.example (repeatable; default: none)',
  },
  {
    key: 'api.rateLimit',
    variable: 'CAIRN_API_RATE_LIMIT',
    flag: '--api-rate-limit <n>',
    kind: 'number',
    description: 'requests a second that the HTTP API answers one client (default: 10000)',
  },
  {
    key: 'api.enabled',
    variable: 'CAIRN_API',
    flag: '--no-api',
    kind: 'switch',
    description: 'do not offer the HTTP API; commands then cannot reach this node',
  },
  {
    key: 'mining.enabled',
    variable: 'CAIRN_MINE',
    flag: '--mine',
    kind: 'switch',
    description: 'mine from the start',
  },
  {
    key: 'mining.address',
    variable: 'CAIRN_MINER_ADDRESS',
    flag: '--miner-address <address>',
    kind: 'text',
    description: 'whom to pay (default: the default wallet in the data directory, made on first use)',
  },
  {
    key: 'mining.threads',
    variable: 'CAIRN_THREADS',
    flag: '--threads <n>',
    kind: 'number',
    description: 'mining threads (default: one less than there are processors)',
  },
  {
    key: 'mining.interval',
    variable: 'CAIRN_MINE_INTERVAL',
    flag: '--mine-interval <seconds>',
    kind: 'number',
    description: 'time between own blocks where the difficulty is fixed, as on dev (default: 5)',
  },
  {
    key: 'logging.level',
    variable: 'CAIRN_LOG_LEVEL',
    flag: '--log-level <level>',
    kind: 'text',
    description: 'trace, debug, info, warn, error or silent (default: info)',
  },
  {
    key: 'logging.format',
    variable: 'CAIRN_LOG_FORMAT',
    flag: '--log-format <format>',
    kind: 'text',
    description: 'pretty or json (default: pretty on a terminal, json otherwise)',
  },
]

/** The flag without its argument: `--threads`. */
export const flagName = (option: ConfigOption): string | undefined => option.flag?.split(' ', 1)[0]
