/** Blocks in one listing. */
export const MAX_LISTED_BLOCKS = 100
/** Transactions in one listing of the mempool. */
export const MAX_LISTED_TRANSACTIONS = 1_000
/** Addresses in one question for coins. */
export const MAX_ADDRESSES = 1_000
/** Coins in one answer; beyond them it says that it is not complete. */
export const MAX_COINS = 50_000
/** Blocks that one request may have mined. */
export const MAX_GENERATED_BLOCKS = 100
/** No transaction that nodes relay is longer: bytes (a weight of 400,000 at one unit a byte). */
export const MAX_SUBMITTED_BYTES = 400_000

/** Request bodies, in bytes. */
export const BODY_LIMIT = 128 * 1024
export const TRANSACTION_BODY_LIMIT = 2 * MAX_SUBMITTED_BYTES + 1024

/** Open sockets at once: this is for one machine's programs. */
export const MAX_CONNECTIONS = 256

/** A request has to have arrived in full within this: milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000
/** An answer has to be ready within this: milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000
/** The same for what reads the whole coin set. */
export const SUPPLY_TIMEOUT_MS = 300_000
/** The same for a verdict on a block, after which the chain may be another one. */
export const VERDICT_TIMEOUT_MS = 300_000
/** After so long, mining on demand answers with what it has found so far; the caller asks again for the rest. */
export const GENERATE_PART_MS = 60_000
/** A socket without traffic is closed after this; longer than any wait for an answer. */
export const IDLE_TIMEOUT_MS = Math.max(SUPPLY_TIMEOUT_MS, VERDICT_TIMEOUT_MS) + 30_000
