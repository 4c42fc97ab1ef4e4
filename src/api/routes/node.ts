import { unixSeconds } from '../../ports/clock.ts'
import type { RegisterRoutes } from '../context.ts'
import { MAX_READY_LAG } from '../limits.ts'
import { feesSchema, healthSchema, readinessSchema, versionSchema } from '../node-schemas.ts'
import { blockRef } from '../views.ts'

/** What fees are told for, in blocks. */
const TARGETS = [1, 2, 3, 6, 12, 24, 72, 144] as const

/** For those who watch over a node, and what a payment should cost now. */
export const registerNode: RegisterRoutes = (app, { services, clock }) => {
  const { chain, mempool } = services

  app.get(
    '/v1/health',
    { schema: { summary: 'Whether the node answers', response: { 200: healthSchema } } },
    async () => ({ ok: true as const }),
  )

  app.get(
    '/v1/ready',
    {
      schema: {
        summary: 'Whether the node has caught up: 200, or 503 with the same answer',
        response: { 200: readinessSchema, 503: readinessSchema },
      },
    },
    async (_request, reply) => {
      const tip = chain.tip()
      const { phase, peers, blocksLeft: tipLag } = services.sync()
      const ready = tipLag <= MAX_READY_LAG && phase !== 'presync' && phase !== 'headers'
      const tipAgeSeconds = Math.max(0, unixSeconds(clock) - tip.header.time)
      return reply
        .code(ready ? 200 : 503)
        .send({ ready, tip: blockRef(tip), tipLag, tipAgeSeconds, phase, peers })
    },
  )

  app.get(
    '/v1/version',
    { schema: { summary: 'Program and version', response: { 200: versionSchema } } },
    async () => ({ userAgent: services.userAgent, api: 1 as const }),
  )

  app.get(
    '/v1/fees',
    { schema: { summary: 'What a payment should cost now', response: { 200: feesSchema } } },
    async () => ({
      floor: mempool.minFeeRate(),
      estimates: TARGETS.map((target) => ({ target, feeRate: mempool.estimateFee(target) ?? null })),
    }),
  )
}
