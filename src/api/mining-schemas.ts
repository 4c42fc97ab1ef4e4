import { z } from 'zod'
import { MAX_BLOCK_BYTES } from '../primitives/block.ts'
import { addressText, amount, blockRefSchema, hashId, height, hex } from './schema-parts.ts'

export const templateQuerySchema = z.strictObject({
  address: addressText.describe('who gets the reward'),
})

export const templateSchema = z.object({
  height,
  version: z.int(),
  previous: hashId,
  merkleRoot: hashId.describe('with the coinbase as it is'),
  time: z.int(),
  minTime: z.int().describe('the least that the block may state'),
  bits: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .describe('compact target'),
  target: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('the hash, read as a number from its first digit on, has to be at most this'),
  header: hex.describe('80 bytes with the nonce 0, which stands in the last four'),
  fees: amount.describe('of all transactions together, which the coinbase claims with the subsidy'),
  coinbase: z.object({
    hex: hex.describe('BIP144 serialisation'),
    stripped: hex.describe('without its witness: the double SHA-256 of it is the txid'),
    extraNonce: z
      .object({ offset: z.int(), length: z.int() })
      .describe('which bytes of `stripped` a miner may choose; in `hex` they stand two bytes later'),
    branch: z.array(hashId).describe('the neighbour at each level of the merkle tree, from the coinbase up'),
  }),
  transactions: z
    .array(z.object({ txid: hashId, wtxid: hashId, fee: amount, weight: z.int(), hex }))
    .describe('that follow the coinbase, in their order'),
})

export const submitBlockBodySchema = z.strictObject({
  hex: hex
    .min(2)
    .max(2 * MAX_BLOCK_BYTES)
    .describe('header, CompactSize count and transactions with their witnesses'),
})

export const submittedBlockSchema = z.object({
  block: blockRefSchema,
  isNew: z.boolean().describe('false where the node had it already'),
  connected: z.boolean().describe('whether it lies on the best chain now'),
})
