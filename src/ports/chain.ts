import type { EventSource } from '../base/emitter.ts'
import type { Result } from '../base/result.ts'
import type { HeaderLine } from '../consensus/header-line.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { Block } from '../primitives/block.ts'
import type { Coin } from '../primitives/coin.ts'
import type { BlockHash, Txid } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { OutPoint } from '../primitives/outpoint.ts'

/** A header in the tree of all headers that hold. */
export interface ChainEntry {
  readonly header: BlockHeader
  readonly hash: BlockHash
  readonly height: number
  /** cumulative work up to and including this header */
  readonly work: bigint
  /** BIP113: median time of this header and the ten before it, in seconds */
  readonly medianTimePast: number
}

export interface BlockConnected {
  readonly entry: ChainEntry
  readonly block: Block
}
export interface BlockDisconnected {
  readonly entry: ChainEntry
  readonly block: Block
}

/** What became of the best chain, already on disk: first the blocks that left it (tip first), then those that joined. */
export interface TipChange {
  readonly disconnected: readonly BlockDisconnected[]
  readonly connected: readonly BlockConnected[]
  readonly tip: ChainEntry
}

/**
 * Awaited by the chain after each change of the tip, before the next block is taken: for what has to stay in step
 * with the coins, such as the mempool.
 */
export interface ChainFollower {
  tipChanged(change: TipChange): Promise<void>
}

export interface ChainEvents {
  tipChanged: TipChange
  /** headers were added to the tree; `best` is the header with the most work */
  headersAdded: { readonly count: number; readonly best: ChainEntry }
}

/** Unspent output with its place. */
export interface PlacedCoin {
  readonly outPoint: OutPoint
  readonly coin: Coin
}

/** Where a connected transaction stands. */
export interface TransactionPlace {
  readonly height: number
  /** in the block, the coinbase first */
  readonly position: number
}

/** What one connected transaction did to one script. */
export interface ScriptEvent extends TransactionPlace {
  readonly txid: Txid
  /** the block that holds it */
  readonly block: BlockHash
  /** base units that it made to the script, and spent from it */
  readonly received: number
  readonly sent: number
}

export interface HistoryQuery {
  /** only what stands before this place */
  readonly before?: TransactionPlace
  readonly limit: number
}

/** What a chain that drops old bodies still has. */
export interface Pruning {
  /** how many blocks below the tip are to keep theirs; undefined where none are dropped any more */
  readonly keptBlocks: number | undefined
  /** every connected block from this height on has its body; 0 where none was dropped yet */
  readonly lowestBody: number
}

/** The chain as others may ask it. In-memory questions are synchronous, those to the disk are not. */
export interface ChainView {
  readonly parameters: NetworkParameters
  readonly genesis: ChainEntry
  readonly events: EventSource<ChainEvents>
  /** the connected tip of the best chain */
  tip(): ChainEntry
  /** the header with the most work that is not known to be invalid; ahead of `tip` while blocks are missing */
  bestHeader(): ChainEntry
  /**
   * Cumulative work that a branch has to reach before its headers are stored because a peer has sent them: the
   * configured minimum, or that of the tip less 144 of its blocks where this is more. The chain itself does not ask for
   * it (its own blocks and those of a store may have less): whoever takes headers or blocks from peers does.
   */
  workThreshold(): bigint
  /** any header in the tree, on the best chain or not */
  entry(hash: BlockHash): ChainEntry | undefined
  /** the entry at a height of the connected best chain */
  entryAt(height: number): ChainEntry | undefined
  /** up to `max` headers on which no other stands, the one with the most work first */
  tips(max: number): ChainEntry[]
  /** whether the entry lies on the connected best chain */
  isConnected(hash: BlockHash): boolean
  /** hashes from `bestHeader` (or `from`) back to genesis, ten in a row and then ever wider apart */
  locator(from?: ChainEntry): BlockHash[]
  /** up to `max` headers of the connected chain after the first hash of the locator that lies on it */
  headersAfter(locator: readonly BlockHash[], stop: BlockHash | undefined, max: number): BlockHeader[]
  /** the compact target that a child of `parent` has to state */
  nextBits(parent: ChainEntry): number
  /** what the rules on headers ask of the entry and those below it: enough to judge headers that are not stored */
  headerLine(entry: ChainEntry): HeaderLine
  /** up to `max` hashes without a stored body on the way from the connected chain to `goal` (`bestHeader`), lowest first */
  missingBodies(max: number, goal?: ChainEntry): BlockHash[]
  /** which rule the block is known to break, or `parent-invalid` where an ancestor does; undefined where none is known */
  faultOf(hash: BlockHash): RuleViolation | undefined
  hasBody(hash: BlockHash): boolean
  /** whether the block has passed every check, at whatever time; only such blocks are handed to peers */
  wasConnected(hash: BlockHash): boolean
  /** whether the block's body was there and has been dropped */
  isPruned(hash: BlockHash): boolean
  /** undefined where every connected block has its body, and will keep it */
  pruning(): Pruning | undefined
  /** the block's consensus bytes, as stored */
  blockBytes(hash: BlockHash): Promise<Uint8Array | undefined>
  block(hash: BlockHash): Promise<Block | undefined>
  coin(outPoint: OutPoint): Promise<Coin | undefined>
  coins(outPoints: readonly OutPoint[]): Promise<(Coin | undefined)[]>
  /**
   * Coins of one script in the order of their outpoints, those behind `after` where that is given; throws
   * `address-index-off` where the address index is off.
   */
  coinsOfScript(scriptPubKey: Uint8Array, limit?: number, after?: OutPoint): Promise<PlacedCoin[]>
  /** what happened to one script, the latest first, also in pruned blocks; throws `address-index-off` where that is off */
  scriptHistory(scriptPubKey: Uint8Array, query: HistoryQuery): Promise<ScriptEvent[]>
  /** number and sum of all coins: reads the whole coin set */
  coinStatistics(): Promise<{ count: number; total: number; digest: string }>
  /** where a connected transaction stands; throws `transaction-index-off` where the index is off */
  transactionBlock(txid: Txid): Promise<BlockHash | undefined>
}

/** What became of a block that was offered. */
export interface BlockAccepted {
  readonly entry: ChainEntry
  /** false where it was known already */
  readonly isNew: boolean
  /** whether it lies on the connected best chain now */
  readonly connected: boolean
}

export interface ChainControl {
  /**
   * Takes headers, each after its parent. Stops at the first that breaks a rule; those before it stay.
   * `parent-unknown` is the answer where the first one's parent is not in the tree.
   */
  acceptHeaders(
    headers: readonly BlockHeader[],
  ): Promise<Result<{ added: number; last: ChainEntry }, RuleViolation>>
  /** Checks, stores and connects a block. Resolves once all that follows from it is on disk and followers know. */
  acceptBlock(block: Block): Promise<Result<BlockAccepted, RuleViolation>>
  /**
   * Treats a block, and all that descends from it, as invalid from now on: the tip moves to the best chain without it.
   * Resolves once that is done; false where the block is not known.
   * @throws RangeError for genesis; CairnError `block-pruned` where the tip cannot go back below it
   */
  invalidate(hash: BlockHash): Promise<boolean>
  /**
   * Takes such a verdict back, and any other, from a block, its ancestors and descendants, and moves to the best chain.
   * Resolves once that is done; false where the block is not known.
   */
  reconsider(hash: BlockHash): Promise<boolean>
}

export type Chain = ChainView & ChainControl
