import type { SentPayment } from './notes.ts'

/**
 * What became of a payment that the node knows neither as pending nor as confirmed. `replaced`: another payment of this
 * wallet spends a coin of it. `conflicted`: somebody else's transaction does, or its coin is gone with a block that left
 * the chain. `dropped`: nobody knows it, and its coins can be spent again.
 */
export type LostStatus = 'replaced' | 'conflicted' | 'dropped'

export interface LostPayment {
  readonly payment: SentPayment
  readonly status: LostStatus
  /** the transaction in its place; null where that is not known */
  readonly by: string | null
}

export interface KnownToNode {
  /** transactions that are pending or confirmed */
  has(txid: string): boolean
  /** what spends a coin of the wallet among pending transactions, null where nothing does; undefined of a coin that is not there */
  spenderOf(outPoint: string): string | null | undefined
}

/** Those of the wallet's payments that the node does not know, and why. */
export function lostPayments(sent: readonly SentPayment[], known: KnownToNode): LostPayment[] {
  const alive = new Map<string, string>()
  for (const { txid, inputs } of sent) if (known.has(txid)) for (const input of inputs) alive.set(input, txid)
  const lost = new Map<string, LostPayment>()

  function judge(payment: SentPayment): Omit<LostPayment, 'payment'> {
    const own = payment.inputs.map((input) => alive.get(input)).find((txid) => txid !== undefined)
    if (own !== undefined) return { status: 'replaced', by: own }
    let isGone = false
    for (const input of payment.inputs) {
      const spender = known.spenderOf(input)
      if (typeof spender === 'string') return { status: 'conflicted', by: spender }
      // Change of a payment that only was dropped comes back with it.
      if (spender === undefined && lost.get(input.slice(0, 64))?.status !== 'dropped') isGone = true
    }
    return { status: isGone ? 'conflicted' : 'dropped', by: null }
  }
  // In the order in which they were sent: parents come before their children.
  for (const payment of sent)
    if (!known.has(payment.txid)) lost.set(payment.txid, { payment, ...judge(payment) })
  return [...lost.values()]
}
