import type { PeerId } from '../ports/transport.ts'

/** What counts when one of those that dialled us has to make room. */
export interface EvictionCandidate {
  readonly peer: PeerId
  /** by which addresses are told apart, under a key that nobody else knows */
  readonly keyedGroup: number
  readonly latencyMs: number | undefined
  /** monotonic time at which it was last the first to bring us one */
  readonly lastBlockAt: number | undefined
  readonly lastTransactionAt: number | undefined
  /** Unix time in milliseconds */
  readonly since: number
}

const PROTECTED_BY_GROUP = 4
const PROTECTED_BY_LATENCY = 8
const PROTECTED_BY_TRANSACTION = 4
const PROTECTED_BY_BLOCK = 4

/**
 * Those that nothing protects. As in Bitcoin Core's SelectNodeToEvict, each kind of protection is for something that
 * an attacker cannot have without being useful, or cannot choose: a few address groups by a key that is ours, low
 * latency, recent transactions, recent blocks, and of what is left the half that is connected longest.
 */
export function unprotected(candidates: readonly EvictionCandidate[]): EvictionCandidate[] {
  let left = [...candidates]
  const protect = (count: number, worth: (candidate: EvictionCandidate) => number | undefined): void => {
    const best = left
      .filter((candidate) => worth(candidate) !== undefined)
      .sort((a, b) => worth(b)! - worth(a)!)
      .slice(0, count)
    left = left.filter((candidate) => !best.includes(candidate))
  }
  protect(PROTECTED_BY_GROUP, ({ keyedGroup }) => keyedGroup)
  protect(PROTECTED_BY_LATENCY, ({ latencyMs }) => latencyMs && -latencyMs)
  protect(PROTECTED_BY_TRANSACTION, ({ lastTransactionAt }) => lastTransactionAt)
  protect(PROTECTED_BY_BLOCK, ({ lastBlockAt }) => lastBlockAt)
  protect(Math.ceil(left.length / 2), ({ since }) => -since)
  return left
}

/** Who makes room: the youngest of the group with the most unprotected connections; nobody where all are protected. */
export function selectEviction(candidates: readonly EvictionCandidate[]): PeerId | undefined {
  const groups = Map.groupBy(unprotected(candidates), ({ keyedGroup }) => keyedGroup)
  const youngest = (group: readonly EvictionCandidate[]): EvictionCandidate =>
    group.reduce((a, b) => (b.since > a.since ? b : a))
  const [largest] = [...groups.values()].sort(
    (a, b) => b.length - a.length || youngest(b).since - youngest(a).since,
  )
  return largest && youngest(largest).peer
}
