import { z } from 'zod'
import { MAX_CHAIN_BLOCKS, MAX_REGISTERED_NODES } from './limits.ts'
import { addressText, hashId, height, numberText } from './schema-parts.ts'
import { submitBodySchema } from './schemas.ts'

/*
 * The routes of the prototypes that Cairn replaces, under their own paths and with their own names. A transaction is a
 * signed one of this network, in hex; a node is a multiaddr.
 */

const plainBlockSchema = z.object({
  index: height,
  hash: hashId,
  previous_hash: hashId,
  timestamp: z.int(),
  transactions: z.array(hashId),
  proof: z.int().describe('the nonce'),
})

export const mineQuerySchema = z.strictObject({
  address: addressText
    .optional()
    .describe('who gets the reward; the address that the node mines to unless told'),
})

export const minedSchema = plainBlockSchema.extend({ message: z.string() })

export const newTransactionBodySchema = submitBodySchema

export const newTransactionSchema = z.object({ message: z.string(), txid: hashId })

export const chainQuerySchema = z.strictObject({
  from: z
    .string()
    .regex(/^\d{1,10}$/, 'an index')
    .transform(Number)
    .optional()
    .describe('index of the first block; the last ones unless told'),
  limit: numberText(1, MAX_CHAIN_BLOCKS, MAX_CHAIN_BLOCKS),
})

export const plainChainSchema = z.object({
  length: z.int(),
  chain: z.array(plainBlockSchema),
  next: z.int().nullable().describe('`from` of the next page; null at the end'),
})

export const registerBodySchema = z.strictObject({
  nodes: z.array(z.string().min(1).max(1_000)).min(1).max(MAX_REGISTERED_NODES),
})

export const registeredSchema = z.object({
  message: z.string(),
  total_nodes: z.array(z.string()).describe('multiaddrs of all connected peers'),
  failed: z.array(z.object({ node: z.string(), code: z.string(), detail: z.string() })),
})

export const resolvedSchema = z.object({
  message: z.string(),
  replaced: z.boolean(),
  length: z.int(),
  tip: hashId,
})
