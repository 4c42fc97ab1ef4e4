import { z } from 'zod'

/* What the schemas of more than one noun are made of. */

export const hashId = z.string().regex(/^[0-9a-fA-F]{64}$/, '64 hex digits')
export const hex = z.string().regex(/^(?:[0-9a-fA-F]{2})*$/, 'hex digits in pairs')
export const height = z.int().min(0)
export const amount = z.int().min(0)
export const workHex = z.string().regex(/^[0-9a-f]+$/)
export const addressText = z.string().min(1).max(100)

/** Where a page of pending transactions goes on. */
export const mempoolCursorText = z
  .string()
  .regex(/^[0-9a-z]{1,12}-\d{1,15}$/, 'the `next` of the page before')

/** A number in a query: `limit=20`. */
export const numberText = (least: number, most: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .default(fallback)

export const blockRefSchema = z.object({ hash: hashId, height })
