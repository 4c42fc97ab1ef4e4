import { z } from 'zod'
import { blockRefSchema } from './schema-parts.ts'

export const healthSchema = z.object({ ok: z.literal(true) })

export const readinessSchema = z.object({
  ready: z.boolean(),
  tip: blockRefSchema,
  tipLag: z.int().min(0).describe('blocks between the tip and the best header whose blocks can be had'),
  tipAgeSeconds: z.number().describe('since the time that the tip states'),
  phase: z.enum(['idle', 'presync', 'headers', 'blocks']).describe('of the sync'),
  peers: z.int(),
})

export const versionSchema = z.object({ userAgent: z.string(), api: z.literal(1) })

export const feesSchema = z.object({
  floor: z.number().describe('base units a virtual byte below which nothing is taken now'),
  estimates: z
    .array(
      z.object({
        target: z.int().describe('blocks'),
        feeRate: z
          .number()
          .nullable()
          .describe(
            'base units a virtual byte, going by what was mined lately; null while too little is known',
          ),
      }),
    )
    .describe('what should bring a transaction into one of the next blocks'),
})
