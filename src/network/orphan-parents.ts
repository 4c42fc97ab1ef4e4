import { MAX_TRANSACTIONS_ASKED } from '../../protocols/relay/protocol.ts'
import { errorMessage } from '../base/errors.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerId } from '../ports/transport.ts'
import type { Txid, Wtxid } from '../primitives/hash.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { TransactionFetch } from './transaction-fetch.ts'
import type { TransactionIntake } from './transaction-intake.ts'

export interface OrphanParentsDependencies {
  readonly intake: TransactionIntake
  readonly fetch: TransactionFetch
  readonly logger: Logger
}

/**
 * Asks those who brought an orphan for its parents: one after another, each once, since whoever hands a transaction on
 * has its unconfirmed parents.
 */
export interface OrphanParents {
  /** Somebody has brought the orphan. */
  want(orphan: Wtxid): void
  stop(): Promise<void>
}

export function createOrphanParents({ intake, fetch, logger }: OrphanParentsDependencies): OrphanParents {
  const { orphans } = intake
  const asked = new WeakMap<Transaction, Set<PeerId>>()
  /** orphans whose parents a peer is being asked for, or will be when its request before is done */
  const waiting = new Map<PeerId, Set<Wtxid>>()
  const underWay = new Set<Wtxid>()
  const running = new Map<PeerId, Promise<void>>()
  let stopped = false

  function want(wtxid: Wtxid): void {
    const orphan = orphans.get(wtxid)
    if (stopped || orphan === undefined || orphan.missing.size === 0 || underWay.has(wtxid)) return
    const before = asked.get(orphan.transaction) ?? new Set()
    asked.set(orphan.transaction, before)
    const peer = orphan.peers.find((each) => !before.has(each))
    if (peer === undefined) return
    before.add(peer)
    underWay.add(wtxid)
    waiting.set(peer, (waiting.get(peer) ?? new Set()).add(wtxid))
    if (!running.has(peer)) running.set(peer, run(peer))
  }

  /** As many orphans as fit into one request, with what they miss together. */
  function nextRequest(from: Set<Wtxid>): { readonly children: Wtxid[]; readonly txids: Set<Txid> } {
    const [children, txids] = [[] as Wtxid[], new Set<Txid>()]
    for (const wtxid of from) {
      const missing = orphans.get(wtxid)?.missing ?? new Set<Txid>()
      if (txids.size + missing.size > MAX_TRANSACTIONS_ASKED) break
      for (const txid of missing) txids.add(txid)
      from.delete(wtxid)
      children.push(wtxid)
    }
    return { children, txids }
  }

  async function run(peer: PeerId): Promise<void> {
    for (let left = waiting.get(peer); left !== undefined && left.size > 0 && !stopped; ) {
      const { children, txids } = nextRequest(left)
      try {
        for await (const tx of fetch.transactions(peer, { txids: [...txids] })) {
          const { kind } = await intake.take(tx, peer)
          if (kind === 'orphan') want(tx.wtxid)
        }
      } catch (error) {
        logger.error('parents not asked for', { peer, reason: errorMessage(error) })
      }
      for (const wtxid of children) {
        underWay.delete(wtxid)
        want(wtxid)
      }
    }
    waiting.delete(peer)
    running.delete(peer)
  }

  return {
    want,
    async stop() {
      stopped = true
      await Promise.all(running.values())
    },
  }
}
