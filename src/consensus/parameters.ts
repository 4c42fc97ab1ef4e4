import type { Block } from '../primitives/block.ts'

/** What makes a network's rules, as written in code or in a JSON file. Times are in seconds. */
export interface NetworkDefinition {
  /** lower-case letters, digits and hyphens */
  readonly name: string
  /** human-readable part of addresses (BIP173) */
  readonly prefix: string
  /** wanted time between blocks, or null for a fixed difficulty */
  readonly spacing: number | null
  /** ASERT: the difficulty doubles when blocks come this much ahead of the schedule; null with a null spacing */
  readonly halfLife: number | null
  /** the easiest target, compact */
  readonly limitBits: number
  /** the target of the first blocks, compact */
  readonly initialBits: number
  /** how far ahead of the node's clock a header may be */
  readonly futureLimit: number
  /** time without blocks beyond this does not count as elapsed; null for pure aserti3-2d */
  readonly gapCap: number | null
  /** blocks until a coinbase may be spent */
  readonly maturity: number
  /** blocks between halvings of the subsidy */
  readonly halving: number
  /** base units to the miner of each of the first blocks */
  readonly subsidy: number
  /** the genesis block's time, Unix seconds */
  readonly genesisTime: number
}

/** A network: its definition with all that follows from it. */
export interface NetworkParameters extends NetworkDefinition {
  readonly limit: bigint
  readonly genesis: Block
  /** first 8 hex digits of the genesis hash: in every protocol id and topic */
  readonly id: string
}
