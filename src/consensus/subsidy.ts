import type { NetworkDefinition } from './parameters.ts'

/** Base units that the miner of the block at `height` may create: halved, rounding down, every `halving` blocks. */
export function blockSubsidy(height: number, { subsidy, halving }: NetworkDefinition): number {
  const halvings = Math.floor(height / halving)
  return halvings >= 53 ? 0 : Math.floor(subsidy / 2 ** halvings)
}
