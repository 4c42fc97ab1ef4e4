import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import type { ChainView } from '../../src/ports/chain.ts'
import { type Clock, unixSeconds } from '../../src/ports/clock.ts'
import type { Block } from '../../src/primitives/block.ts'
import { type BlockPlan, buildBlock } from '../../test/support/block-builder.ts'
import { testKey } from '../../test/support/key.ts'

const ATTACKER = testKey('attacker')

/** A block of an attacker on the tip that it sees, with proof of work. */
export function attackBlock(
  chain: ChainView,
  clock: Clock,
  tag: string,
  plan: Partial<BlockPlan> = {},
): Block {
  const parent = chain.tip()
  return buildBlock(chain, parent, {
    scriptPubKey: ATTACKER.scriptPubKey,
    tag,
    header: { time: Math.max(parent.medianTimePast + 1, unixSeconds(clock)) },
    ...plan,
  })
}

/** Ways in which a block with proof of work breaks a rule that only shows when it is connected. */
export function invalidPlan(chain: ChainView, kind: number): Partial<BlockPlan> {
  const height = chain.tip().height + 1
  switch (kind % 3) {
    // One base unit more than there is to have.
    case 0:
      return { fees: 1 }
    case 1:
      return { coinbaseHeight: height + 1 }
    default:
      return {
        coinbaseOutputs: [
          { value: blockSubsidy(height, chain.parameters) * 2, scriptPubKey: ATTACKER.scriptPubKey },
        ],
      }
  }
}
