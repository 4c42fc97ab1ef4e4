/** How a run of the public vectors goes on from one line to the next; seconds. */
type TimeStep =
  | { readonly kind: 'constant'; readonly seconds: number }
  /** seconds to the next block, exponentially distributed about 600; with a hash rate that changes every 10 blocks */
  | { readonly kind: 'exponential'; readonly hashRate: 'stable' | 'rising' | 'falling' }
  /** whole seconds from `least` to `most`, each as likely as any other */
  | { readonly kind: 'uniform'; readonly least: number; readonly most: number }

/** One file of the public vectors: what its header says, and the digest of what it lists. */
export interface AsertRun {
  readonly name: string
  readonly description: string
  readonly anchorHeight: bigint
  readonly anchorParentTime: number
  readonly anchorBits: number
  readonly startHeight: bigint
  readonly startTime: number
  readonly heightStep: bigint
  readonly timeStep: TimeStep
  readonly iterations: number
  /** the last line, so that a difference can be seen without the file */
  readonly last: string
  /** of the lines `<iteration> <height> <time> <bits>`, each with its line feed, without the comments */
  readonly sha256: string
}

/** Half-life and spacing are those of Bitcoin Cash. */
export const ASERT_HALF_LIFE = 172_800
export const ASERT_SPACING = 600
/** 2^224 - 1: compact 0x1d00ffff */
export const ASERT_LIMIT: bigint = (1n << 224n) - 1n
/** seed of the Mersenne Twister behind the runs with random times */
export const ASERT_SEED = 424_242

const constant = (seconds: number): TimeStep => ({ kind: 'constant', seconds })

const FROM_HEIGHT_1 = {
  anchorHeight: 1n,
  anchorParentTime: 0,
  startHeight: 2n,
  startTime: 1200,
  heightStep: 1n,
} as const

/** The public aserti3-2d vectors, 14,000 lines; see the README of this folder. */
export const ASERT_RUNS: readonly AsertRun[] = [
  {
    ...FROM_HEIGHT_1,
    name: 'run01',
    description: 'steady 600 s blocks at the limit',
    anchorBits: 0x1d00ffff,
    timeStep: constant(600),
    iterations: 10,
    last: '10 11 6600 0x1d00ffff',
    sha256: 'acdb1ecbb9bb5ecaefe12e08dfb35d4d4ff77a7fff848309e84472c6be867c9f',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run02',
    description: 'steady 600 s blocks at an arbitrary target',
    anchorBits: 0x1a2b3c4d,
    timeStep: constant(600),
    iterations: 10,
    last: '10 11 6600 0x1a2b3c4d',
    sha256: 'a6865d5781572faf1d2ecb5d192812bdb10662d6ccce2f6c03a99480a9091a93',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run03',
    description: 'steady 600 s blocks at the least target',
    anchorBits: 0x01010000,
    timeStep: constant(600),
    iterations: 10,
    last: '10 11 6600 0x01010000',
    sha256: '9b453a955658d4ca4100708916a5abf9bff810e04a635f908c5ea91ed5227607',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run04',
    description: 'from the least target up, a half-life behind with each block',
    anchorBits: 0x01010000,
    startTime: 174_000,
    timeStep: constant(ASERT_SPACING + ASERT_HALF_LIFE),
    iterations: 225,
    last: '225 226 39015600 0x1d00ffff',
    sha256: '3203f2eb025d42dcdd1d967f23b0a5e13a39f35df7493ce86f74cc19e164922d',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run05',
    description: 'from the limit down, 288 heights with each block and no time',
    anchorBits: 0x1d00ffff,
    startTime: 0,
    heightStep: 288n,
    timeStep: constant(0),
    iterations: 225,
    last: '225 64514 0 0x01010000',
    sha256: '86f3d5d46768a3b87050e462be63297cdb29a488720db7f3218ca8bfc01ec002',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run06',
    description: 'random solve times at a stable hash rate',
    anchorBits: 0x1802aee8,
    timeStep: { kind: 'exponential', hashRate: 'stable' },
    iterations: 1000,
    last: '1000 1001 589738 0x180291ad',
    sha256: '466a2afb9268eb8fc817cf13f790892804cab03c05b5741344bc46457d89e6fd',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run07',
    description: 'random solve times at a rising hash rate',
    anchorBits: 0x1802aee8,
    timeStep: { kind: 'exponential', hashRate: 'rising' },
    iterations: 1000,
    last: '1000 1001 33365 0x17469789',
    sha256: 'd032ea5005e1f5d2e6de951fdad046d9bec33c93ea9b910c1275d233d0ccdd8b',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run08',
    description: 'random solve times at a falling hash rate',
    anchorBits: 0x1802aee8,
    timeStep: { kind: 'exponential', hashRate: 'falling' },
    iterations: 500,
    last: '500 501 7462933 0x1d00ffff',
    sha256: 'bccebe7990bfe9df733c1be0948457ea2f25e947da342fe9f0359063212ccda8',
  },
  {
    name: 'run09',
    description: '300 s blocks across the greatest signed 32-bit height',
    anchorHeight: 2n ** 31n - 6n,
    anchorParentTime: 1_234_567_290,
    anchorBits: 0x1802aee8,
    startHeight: 2n ** 31n - 5n,
    startTime: 1_234_568_190,
    heightStep: 1n,
    timeStep: constant(300),
    iterations: 10,
    last: '10 2147483652 1234570890 0x1802a6b7',
    sha256: '7a2bc4ca29a1c027d0683c9a0d42d358011e96ab8cee256b1c6b97c2aad207ae',
  },
  {
    name: 'run10',
    description: '900 s blocks across the greatest signed 64-bit height and 32-bit time',
    anchorHeight: 2n ** 63n - 6n,
    anchorParentTime: 2_147_483_047,
    anchorBits: 0x1802aee8,
    startHeight: 2n ** 63n - 5n,
    startTime: 2_147_484_547,
    heightStep: 1n,
    timeStep: constant(900),
    iterations: 10,
    last: '10 9223372036854775812 2147492647 0x1802b73d',
    sha256: 'fa110660ec9d0d7a63cab89bd90e2b90445a90561dba22712f1a55be063b2e86',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run11',
    description: 'random solve times, some of them negative',
    anchorBits: 0x1802aee8,
    timeStep: { kind: 'uniform', least: -300, most: 900 },
    iterations: 1000,
    last: '1000 1001 293713 0x1800c896',
    sha256: '6a3ff416df6c027bcc22cc5670cceccbfe532f758ac0c7f37f8542d4d582cb20',
  },
  {
    ...FROM_HEIGHT_1,
    name: 'run12',
    description: 'each block one second before the previous one',
    anchorParentTime: 10_000,
    anchorBits: 0x1802aee8,
    startTime: 11_200,
    timeStep: constant(-1),
    iterations: 10_000,
    last: '10000 10001 1201 0x13643f64',
    sha256: '04dfa99a1669b32cf113353471e36b9a407b06bd2f01d0d3645858e292582c07',
  },
]
