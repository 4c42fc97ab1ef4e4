import type { TxOutput } from './transaction.ts'

/** An unspent output, with what the rules ask of where it came from. */
export interface Coin extends TxOutput {
  /** height of the block that made it */
  readonly height: number
  readonly coinbase: boolean
}
