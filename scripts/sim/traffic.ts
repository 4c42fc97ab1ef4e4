import { createPayments, type Payments } from './payments.ts'
import { honestNodes } from './population.ts'
import { digestOf, TRACE } from './trace.ts'
import type { World } from './world.ts'

/** Payments begin when nodes have found each other. */
const FIRST_PAYMENT_MS = 30_000

/** What became of the payments of a run. */
export interface TrafficLog {
  readonly payments: Payments
  /** not taken by the node that they were handed to, and made again later */
  refused: number
}

/** Has payments made at random times, each handed to a random honest node, until `untilMs` of virtual time. */
export function startTraffic(world: World, untilMs: number): TrafficLog {
  const { time, settings, trace, measures } = world
  const chance = world.chance.fork('traffic')
  const { coins, keys } = world.history
  const payments = createPayments(coins, keys, () => time.now, chance.fork('payments'))
  const log: TrafficLog = { payments, refused: 0 }

  async function payOnce(): Promise<void> {
    const nodes = honestNodes(world)
    if (nodes.length === 0) return
    const node = chance.pick(nodes)
    const payment = payments.make()
    if (payment === undefined) return
    const { txid } = payment.transaction
    trace.note(TRACE.paid, node.plan.index, digestOf(txid))
    measures.sentTransaction(txid)
    const { mempool } = node.running()!
    const accepted = await mempool.accept(payment.transaction)
    if (accepted.ok) return
    log.refused += 1
    payment.undo()
  }

  function next(): void {
    world.later(chance.exponential(settings.paymentMs), () => {
      if (time.now > untilMs) return
      next()
      return payOnce()
    })
  }
  world.later(FIRST_PAYMENT_MS, next)
  return log
}
