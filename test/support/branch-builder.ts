import type { ChainEntry } from '../../src/ports/chain.ts'
import type { Block } from '../../src/primitives/block.ts'
import { targetOfBits, workOfTarget } from '../../src/primitives/target.ts'
import { type BlockPlan, buildBlock } from './block-builder.ts'
import { DEV, MINER } from './test-chain.ts'

/**
 * Blocks on `parent`, one upon the other, without a chain that would refuse any of them.
 * @param plans - one for each block; what breaks a rule goes in here
 */
export function buildBranch(parent: ChainEntry, plans: readonly Partial<BlockPlan>[]): Block[] {
  const bits = DEV.limitBits
  const rules = { parameters: DEV, nextBits: () => bits }
  const blocks: Block[] = []
  let tip = parent
  for (const plan of plans) {
    const block = buildBlock(rules, tip, { scriptPubKey: MINER.scriptPubKey, ...plan })
    blocks.push(block)
    tip = {
      header: block.header,
      hash: block.hash,
      height: tip.height + 1,
      work: tip.work + workOfTarget(targetOfBits(bits)!),
      // Above the true median, so that times only ever rise.
      medianTimePast: block.header.time,
    }
  }
  return blocks
}

/** So many plans of empty blocks whose coinbases carry `tag`. */
export const emptyPlans = (count: number, tag: string): Partial<BlockPlan>[] =>
  Array.from({ length: count }, () => ({ tag }))
