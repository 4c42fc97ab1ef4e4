import type { ChainEntry, ChainView } from '../../ports/chain.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { SUPPLY_TIMEOUT_MS } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { type SupplyView, supplySchema } from '../schemas.ts'
import { blockRef } from '../views.ts'

/** How often the coin set is read again because a block came in between. */
const MAX_ATTEMPTS = 5

export const registerSupply: RegisterRoutes = (app, context) => {
  const { chain } = context.services
  // It reads every coin: those who ask at the same time share one answer.
  let reading: Promise<SupplyView> | undefined
  app.get(
    '/v1/supply',
    { schema: { summary: 'Number, sum and digest of all coins', response: { 200: supplySchema } } },
    (_request, reply) =>
      answerWithin(context, reply, SUPPLY_TIMEOUT_MS, () => {
        reading ??= readSupply(chain).finally(() => {
          reading = undefined
        })
        return reading
      }),
  )
}

async function readSupply(chain: ChainView): Promise<SupplyView> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const tip: ChainEntry = chain.tip()
    const { count, total, digest } = await chain.coinStatistics()
    if (chain.tip().hash === tip.hash) return { tip: blockRef(tip), coins: count, total, digest }
  }
  throw new ApiProblem(503, 'chain-moving', 'blocks come in faster than the coins can be counted; try again')
}
