import type { Clock } from '../ports/clock.ts'
import type { Machine } from '../ports/machine.ts'
import type { Random } from '../ports/random.ts'
import type { ScryptCost } from '../wallet/seal.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with. */
export interface CommandContext {
  readonly machine: Machine
  readonly terminal: Terminal
  readonly clock: Clock
  readonly random: Random
  readonly fetch: typeof globalThis.fetch
  /** what a guess at the passphrase of a new wallet costs; the standard cost unless told */
  readonly scryptCost?: ScryptCost
}

/** Options of every command but `start`. */
export interface NodeOptions {
  readonly network?: string
  readonly dataDir?: string
  readonly config?: string
  readonly json?: boolean
}

/** Options of the commands that ask a node. */
export interface ApiOptions extends NodeOptions {
  readonly api?: string
}
