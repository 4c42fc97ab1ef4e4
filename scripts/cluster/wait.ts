import { setTimeout as delay } from 'node:timers/promises'
import { ClusterFailure } from './failure.ts'
import type { NodeProcess } from './node-process.ts'

const POLL_MS = 40
const LIMIT_MS = 60_000
/** More than one round of payments: the most that a mempool lists at once. */
const MEMPOOL_LISTED = 1_000

/**
 * Waits until the condition holds for every node, asking those again for which it does not yet.
 * @param what - ends the sentence "waited 60 s for …"
 * @throws ClusterFailure after a minute, or at once where a node does not answer
 */
async function untilEach(
  nodes: readonly NodeProcess[],
  what: string,
  holds: (node: NodeProcess) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  let missing = nodes
  while (true) {
    const answers = await Promise.all(missing.map(holds))
    signal.throwIfAborted()
    missing = missing.filter((_, at) => !answers[at])
    if (missing.length === 0) return
    if (performance.now() > deadline) {
      const names = missing.map(({ name }) => name).join(', ')
      throw new ClusterFailure(`waited ${LIMIT_MS / 1000} s for ${what}: not so on ${names}`, missing)
    }
    await delay(POLL_MS, undefined, { signal })
  }
}

/** Each node has so many peers that it has exchanged greetings with. */
export const untilConnected = (nodes: readonly NodeProcess[], least: number, signal: AbortSignal) =>
  untilEach(
    nodes,
    `${least} or more peers`,
    async ({ client }) => (await client.peers()).peers.filter(({ hello }) => hello !== null).length >= least,
    signal,
  )

/** Each node has this block as its tip. */
export const untilTip = (
  nodes: readonly NodeProcess[],
  tip: { readonly hash: string; readonly height: number },
  signal: AbortSignal,
) =>
  untilEach(
    nodes,
    `block ${tip.height} (${tip.hash})`,
    async ({ client }) => (await client.status()).tip.hash === tip.hash,
    signal,
  )

/** Each node's mempool has these transactions. */
export const untilPending = (nodes: readonly NodeProcess[], txids: readonly string[], signal: AbortSignal) =>
  untilEach(
    nodes,
    `${txids.length} payments in the mempool`,
    async ({ client }) => {
      if (txids.length === 0) return true
      const { entries } = await client.mempool(MEMPOOL_LISTED)
      const held = new Set(entries.map(({ txid }) => txid))
      return txids.every((txid) => held.has(txid))
    },
    signal,
  )

/** Nothing waits for a block any more. */
export const untilNothingPending = (nodes: readonly NodeProcess[], signal: AbortSignal) =>
  untilEach(
    nodes,
    'an empty mempool',
    async ({ client }) => (await client.status()).mempool.transactions === 0,
    signal,
  )
