/**
 * The house as a table: which room lives on which floor, and what each may use. The floors are those of the README;
 * a change here is a change of the architecture.
 */

/** Folders and their floors. A room imports lower floors only, and no other room on its own. */
export const FLOORS: Readonly<Record<string, number>> = {
  'src/base': 0,
  'src/primitives': 1,
  'src/script': 2,
  'src/consensus': 2,
  'src/ports': 3,
  'src/storage': 4,
  'src/chain': 5,
  'src/mempool': 6,
  'src/mining': 6,
  'src/wallet': 6,
  protocols: 7,
  'src/network': 8,
  'src/platform': 9,
  'src/client': 9,
  'src/node': 10,
  'src/api': 11,
  'src/embed': 11,
  'src/cli': 11,
  web: 11,
}

/**
 * Neighbours that may be imported, each for a reason: rooms, or single files of theirs.
 *
 * - consensus uses script: the rules of a transaction ask what kind of output a script is and what a witness has to
 *   fulfil. Script knows nothing of consensus.
 * - a node inside a program has the API that the commands talk to; `cairn start` is such a program.
 */
export const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  'src/consensus': ['src/script'],
  'src/cli': ['src/embed'],
  'src/embed': ['src/api/server.ts'],
}

/** Lower floors that a room must not import: it reaches them through `src/ports`, or not at all. */
export const CLOSED: Readonly<Record<string, readonly string[]>> = {
  // It goes into other people's programs and pages: of the house it knows the base alone.
  'src/client': [
    'src/primitives',
    'src/script',
    'src/consensus',
    'src/ports',
    'src/storage',
    'src/chain',
    'src/mempool',
    'src/mining',
    'src/wallet',
    'protocols',
    'src/network',
  ],
  'src/mining': ['src/chain', 'src/storage'],
  'src/wallet': ['src/chain', 'src/storage'],
  protocols: ['src/storage', 'src/chain', 'src/mempool', 'src/mining', 'src/wallet'],
  'src/network': ['src/storage', 'src/chain', 'src/mempool', 'src/mining', 'src/wallet'],
  'src/api': ['src/storage', 'src/chain', 'src/mempool', 'src/mining'],
}

/** Floors up to this one run in any JavaScript engine: no Node, no clock, no chance, no timers, no I/O of their own. */
export const LAST_PURE_FLOOR = 8

/** Rooms that compute without waiting: no `async`, no `Promise`. */
export const SYNCHRONOUS: readonly string[] = ['src/primitives', 'src/script', 'src/consensus']

/** The packages that each pure room may import; above, all that package.json lists. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'src/base': ['@noble/hashes'],
  'src/primitives': ['@noble/hashes'],
  'src/script': ['@noble/hashes', '@scure/base'],
  'src/consensus': ['zod'],
  'src/storage': ['@noble/hashes', 'level'],
  'src/wallet': [
    '@noble/ciphers',
    '@noble/curves',
    '@noble/hashes',
    '@scure/bip32',
    '@scure/bip39',
    '@scure/btc-signer',
    'zod',
  ],
  protocols: ['@bufbuild/protobuf'],
  'src/network': ['@chainsafe/netmask', '@multiformats/multiaddr', '@noble/hashes'],
}

/** libp2p and what its streams and stores are made of. Only the rooms of `LIBP2P_ROOMS` know of it. */
export const LIBP2P_PACKAGE = /^(?:libp2p$|@libp2p\/|@chainsafe\/libp2p-|uint8arraylist$|datastore-)/
export const LIBP2P_ROOMS: readonly string[] = ['src/network', 'src/platform']

/** Globals that read a clock, chance, the process or the outside world: arguments in the pure rooms. */
export const IMPURE_GLOBALS: ReadonlySet<string> = new Set([
  '__dirname',
  '__filename',
  'Buffer',
  'BroadcastChannel',
  'clearInterval',
  'clearTimeout',
  'console',
  'document',
  'eval',
  'EventSource',
  'fetch',
  'global',
  'indexedDB',
  'localStorage',
  'MessageChannel',
  'navigator',
  'NodeJS',
  'performance',
  'process',
  'queueMicrotask',
  'requestAnimationFrame',
  'require',
  'sessionStorage',
  'SharedWorker',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'WebSocket',
  'window',
  'Worker',
  'XMLHttpRequest',
])

/** The same, as members of globals that are fine otherwise. */
export const IMPURE_MEMBERS: ReadonlySet<string> = new Set([
  'AbortSignal.timeout',
  'Date()',
  'Date.now',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
  'new Date()',
])

/** Names under which the packages hand out the operating system's chance. */
export const CHANCE_IMPORTS: ReadonlySet<string> = new Set([
  'generateMnemonic',
  'randomBytes',
  'randomPrivateKeyBytes',
  'randomSecretKey',
])

/** A file longer than this has to be one idea, and to say which. */
export const MAX_LINES = 300

/** Longer files, with the reason. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  'src/consensus/rules.ts': 'the one list of all rules: a table, read by searching',
}
