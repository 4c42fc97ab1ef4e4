import type { ChainFollower, TipChange } from '../ports/chain.ts'
import type { Logger } from '../ports/logger.ts'

/** Tells each in turn of a change that is on disk: one that cannot keep up does not keep the others from hearing. */
export async function tellFollowers(
  followers: readonly ChainFollower[],
  change: TipChange,
  logger: Logger,
): Promise<void> {
  for (const follower of followers) {
    try {
      await follower.tipChanged(change)
    } catch (error) {
      logger.error('chain follower failed', { height: change.tip.height, error })
    }
  }
}

/** A change as fields of a log line. */
export const summaryOf = ({ tip, disconnected, connected }: TipChange): Record<string, unknown> => ({
  to: tip.hash,
  height: tip.height,
  disconnected: disconnected.length,
  connected: connected.length,
})
