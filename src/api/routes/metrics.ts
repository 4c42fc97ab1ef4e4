import type { Registry } from 'prom-client'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'

/** Figures for Prometheus. */
export const registerMetrics: RegisterRoutes = (app, context) => {
  let registry: Promise<Registry> | undefined
  app.get(
    '/metrics',
    { schema: { summary: "The node's figures, for Prometheus" } },
    async (_request, reply) => {
      // Loaded with the first question: most nodes are never asked, and it takes a while.
      registry ??= import('../metrics.ts').then(({ createMetrics }) => createMetrics(context.services))
      const ready = await registry
      const text = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, () => ready.metrics())
      return reply.type(ready.contentType).send(text)
    },
  )
}
