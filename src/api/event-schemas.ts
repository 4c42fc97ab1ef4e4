import { z } from 'zod'
import { EVENT_KINDS, type EventKind } from './events/event-log.ts'
import { MAX_WATCHED_ADDRESSES } from './limits.ts'
import { addressText } from './schema-parts.ts'

const kindList = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(EVENT_KINDS)).min(1))
  .transform((kinds): ReadonlySet<EventKind> => new Set(kinds))

export const eventQuerySchema = z.strictObject({
  kinds: kindList
    .optional()
    .describe(`what to be told of, with commas: ${EVENT_KINDS.join(', ')}; all unless told`),
  address: z
    .union([addressText, z.array(addressText).max(MAX_WATCHED_ADDRESSES)])
    .transform((given) => (typeof given === 'string' ? [given] : given))
    .default([])
    .describe('repeatable: what is paid to it or spent from it is told as events of the kind `address`'),
  after: z
    .string()
    .max(64)
    .optional()
    .describe('the id of the last event that was seen; `Last-Event-ID` says the same'),
})
