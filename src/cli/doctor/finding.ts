import type { NodeConfig } from '../../node/config.ts'
import type { CommandContext } from '../context.ts'
import type { LiveNode } from './live-node.ts'

export type FindingStatus = 'ok' | 'warning' | 'problem'

/** What one check has shown. */
export interface Finding {
  readonly check: string
  readonly status: FindingStatus
  /** one sentence */
  readonly found: string
  /** one sentence of what to do; null where there is nothing to do */
  readonly advice: string | null
}

/** What the checks look at. */
export interface Patient {
  readonly config: NodeConfig
  readonly node: LiveNode
  readonly context: CommandContext
}

export const ok = (check: string, found: string): Finding => ({ check, status: 'ok', found, advice: null })

export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  status: 'warning',
  found,
  advice,
})

export const problem = (check: string, found: string, advice: string): Finding => ({
  check,
  status: 'problem',
  found,
  advice,
})
