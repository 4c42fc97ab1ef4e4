/** BIP141: the most that a block, and four times a transaction without its witness, may weigh. */
export const MAX_BLOCK_WEIGHT = 4_000_000

/** BIP141: the most that the signature operations of a block may cost. */
export const MAX_BLOCK_SIGOPS_COST = 80_000

/** Headers whose median is a block's "median time past" (BIP113). */
export const MEDIAN_TIME_SPAN = 11

/** A coinbase script's length in bytes. */
export const MIN_COINBASE_SCRIPT = 2
export const MAX_COINBASE_SCRIPT = 100

/** The only transaction version that has a meaning. */
export const TRANSACTION_VERSION = 2

/** The version of headers that we make. */
export const HEADER_VERSION = 1
