import { OK, type Result } from '../base/result.ts'
import type { PolicyViolation } from '../ports/mempool.ts'
import type { Transaction } from '../primitives/transaction.ts'
import { virtualSize } from '../primitives/transaction.ts'
import { type Pending, withAncestors } from './pending.ts'
import { MAX_ANCESTOR_SIZE, MAX_ANCESTORS, MAX_DESCENDANT_SIZE, MAX_DESCENDANTS, refused } from './policy.ts'
import type { Pool } from './pool.ts'

interface Kin {
  /** pending transactions that it builds on */
  readonly ancestors: ReadonlySet<Pending>
  /** those of the group itself that it builds on, and itself */
  readonly own: ReadonlySet<Transaction>
}

function kinOf(group: readonly Transaction[], pool: Pool): Kin[] {
  const kins = new Map<string, Kin>()
  for (const tx of group) {
    const ancestors = withAncestors(pool.parentsOf(tx.inputs))
    const own = new Set([tx])
    for (const { prevout } of tx.inputs) {
      const parent = kins.get(prevout.txid)
      for (const each of parent?.ancestors ?? []) ancestors.add(each)
      for (const each of parent?.own ?? []) own.add(each)
    }
    kins.set(tx.txid, { ancestors, own })
  }
  return [...kins.values()]
}

/**
 * Whether nothing would build on too much, or have too much built on it, if these came in. So any change of the pool
 * looks at a few dozen transactions at most, and no chain of them is too long to be mined in one block.
 * @param group - each after its parents; within the bounds of a package
 * @param gone - pending ones whose place they take, with all that builds on these
 */
export function checkBounds(
  group: readonly Transaction[],
  pool: Pool,
  gone: readonly Pending[],
): Result<undefined, PolicyViolation> {
  const growth = new Map<Pending, { count: number; size: number }>()
  for (const { ancestors, own } of kinOf(group, pool)) {
    let size = 0
    for (const each of own) size += virtualSize(each.weight)
    for (const { entry } of ancestors) size += entry.virtualSize
    if (own.size + ancestors.size > MAX_ANCESTORS || size > MAX_ANCESTOR_SIZE)
      return refused('too-many-unconfirmed-ancestors')
    const [tx] = own
    for (const ancestor of ancestors) {
      const grown = growth.get(ancestor) ?? { count: 0, size: 0 }
      growth.set(ancestor, { count: grown.count + 1, size: grown.size + virtualSize(tx!.weight) })
    }
  }
  if (growth.size === 0) return OK
  for (const each of gone) {
    for (const ancestor of withAncestors(each.parents)) {
      const grown = growth.get(ancestor)
      if (grown === undefined) continue
      growth.set(ancestor, { count: grown.count - 1, size: grown.size - each.entry.virtualSize })
    }
  }
  for (const [{ descendantCount, descendantSize, entry }, { count, size }] of growth) {
    if (descendantCount + count > MAX_DESCENDANTS || descendantSize + size > MAX_DESCENDANT_SIZE)
      return refused('too-many-unconfirmed-descendants', `Too many on ${entry.transaction.txid}.`)
  }
  return OK
}
