import { MAX_BLOCK_BYTES } from '../primitives/block.ts'

/** Blocks in one listing. */
export const MAX_LISTED_BLOCKS = 100
/** Headers in one page, as bytes. */
export const MAX_RAW_HEADERS = 2_000
/** Ends of branches in one listing. */
export const MAX_LISTED_TIPS = 100
/** Transactions of a block in one page. */
export const MAX_BLOCK_TRANSACTIONS = 100
/** A node is ready whose tip is at most so many blocks behind the best header that it knows. */
export const MAX_READY_LAG = 2
/** Blocks with their transactions' ids in one page of `/chain`. */
export const MAX_CHAIN_BLOCKS = 20
/** Nodes in one `/nodes/register`. */
export const MAX_REGISTERED_NODES = 16
/** Transactions in one listing of the mempool. */
export const MAX_LISTED_TRANSACTIONS = 1_000
/** Events of addresses in one page of their history. */
export const MAX_LISTED_EVENTS = 200
/** Addresses in one question for coins or history. */
export const MAX_ADDRESSES = 1_000
/** Transactions of one package, as the mempool takes them. */
export const MAX_PACKAGE_TRANSACTIONS = 25
/** Coins in one page. */
export const MAX_COINS = 50_000
/** Blocks that one request may have mined. */
export const MAX_GENERATED_BLOCKS = 100
/** No transaction that nodes relay is longer: bytes (a weight of 400,000 at one unit a byte). */
export const MAX_SUBMITTED_BYTES = 400_000

/** The longest ban: ten years. */
export const MAX_BAN_SECONDS = 10 * 366 * 86_400
export const DEFAULT_BAN_SECONDS = 86_400
/** Characters. */
export const MAX_BAN_REASON = 200

/** Events of this run that a client can still ask for after it has lost its connection. */
export const MAX_KEPT_EVENTS = 10_000
/** Events that wait for one client; with more it is let go. */
export const MAX_WAITING_EVENTS = 5_000
/** Addresses that one client is told of. */
export const MAX_WATCHED_ADDRESSES = 100
/** Clients that are told of events at once. */
export const MAX_EVENT_CLIENTS = 64
/** A client has to take what was written to it within this: milliseconds. */
export const EVENT_DRAIN_TIMEOUT_MS = 10_000
/** Without an event, a sign of life is sent so often: milliseconds. */
export const EVENT_HEARTBEAT_MS = 15_000
/** How often the state of the sync is looked at: milliseconds. */
export const SYNC_EVENT_INTERVAL_MS = 1_000

/** Request bodies, in bytes. */
export const BODY_LIMIT = 128 * 1024
export const TRANSACTION_BODY_LIMIT = 2 * MAX_SUBMITTED_BYTES + 1024
/** The weight of a package is bounded as that of one transaction is, but for 1 %: each byte weighs at least one unit. */
export const PACKAGE_BODY_LIMIT = 2 * 404_000 + 1024
/** A block in hex. */
export const BLOCK_BODY_LIMIT = 2 * MAX_BLOCK_BYTES + 1024

/** A client's requests are counted over this: milliseconds. */
export const RATE_WINDOW_MS = 1_000
/** How long a browser remembers that a page may ask: seconds. */
export const PREFLIGHT_SECONDS = 600

/** Open sockets at once: this is for one machine's programs. */
export const MAX_CONNECTIONS = 256

/** Of a request, the line that asks included. */
export const MAX_HEADER_BYTES = 16 * 1024

/** How slowly requests may come: milliseconds. */
export interface RequestTimeouts {
  /** for the headers */
  readonly headersMs: number
  /** for the whole request */
  readonly requestMs: number
  /** how often it is looked whether one has taken longer */
  readonly checkMs: number
}
export const REQUEST_TIMEOUTS: RequestTimeouts = { headersMs: 10_000, requestMs: 30_000, checkMs: 2_000 }
/** An answer has to be ready within this: milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000
/** `/nodes/resolve` looks so often whether anything is still missing, and believes it after so many looks in a row. */
export const RESOLVE_LOOK_MS = 100
export const RESOLVE_QUIET_LOOKS = 10
/** The same for what reads the whole coin set. */
export const SUPPLY_TIMEOUT_MS = 300_000
/** The same for a verdict on a block, after which the chain may be another one. */
export const VERDICT_TIMEOUT_MS = 300_000
/** After so long, mining on demand answers with what it has found so far; the caller asks again for the rest. */
export const GENERATE_PART_MS = 60_000
/** A socket without traffic is closed after this; longer than any wait for an answer. */
export const IDLE_TIMEOUT_MS = Math.max(SUPPLY_TIMEOUT_MS, VERDICT_TIMEOUT_MS) + 30_000
