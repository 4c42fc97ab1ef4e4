import { z } from 'zod'
import {
  MAX_ADDRESSES,
  MAX_COINS,
  MAX_GENERATED_BLOCKS,
  MAX_LISTED_BLOCKS,
  MAX_SUBMITTED_BYTES,
} from './limits.ts'
import {
  addressText,
  amount,
  blockRefSchema,
  hashId,
  height,
  hex,
  numberText,
  workHex,
} from './schema-parts.ts'

/*
 * Every request and answer of the HTTP API, version 1. Amounts are base units, times Unix seconds unless a name says
 * milliseconds, hashes as Bitcoin shows them, and cumulative work is hex without a prefix.
 */

export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().describe('what the HTTP status means'),
    status: z.int(),
    code: z.string().describe('stable, for programs: a rule, a policy, or a failure of this API'),
    detail: z.string().describe('one sentence for people'),
    details: z.record(z.string(), z.unknown()).optional().describe('the figures of the case'),
  })
  .describe('RFC 9457 problem details: the one form of every refusal')

// Status

export const statusSchema = z.object({
  userAgent: z.string(),
  peerId: z.string(),
  startedAtMs: z.int(),
  network: z.object({
    name: z.string(),
    id: z.string().describe('first 8 hex digits of the genesis hash'),
    genesis: hashId,
    addressPrefix: z.string(),
    spacing: z
      .number()
      .nullable()
      .describe('wanted seconds between blocks; null where the difficulty is fixed'),
    maturity: z.int(),
  }),
  tip: blockRefSchema.extend({ time: z.int(), work: workHex }),
  bestHeader: blockRefSchema.describe('ahead of the tip while blocks are missing'),
  sync: z.object({
    phase: z
      .enum(['idle', 'presync', 'headers', 'blocks'])
      .describe('`presync` while headers are looked at before they are stored, for want of work'),
    blocksLeft: z.int().describe('blocks up to the best header whose blocks can be had'),
    blocksPerSecond: z.number().describe('that the sync brought over the last ten seconds'),
    secondsLeft: z.int().nullable().describe('at this rate; null where there is none, or nothing left'),
    presyncPercent: z.int().nullable().describe('of the wanted work, in the phase `presync`'),
  }),
  pruned: z
    .object({
      keptBlocks: z
        .int()
        .nullable()
        .describe('how many of the last blocks are kept; null where none are dropped any more'),
      lowestBody: height.describe('every block of the best chain from here on has its body'),
    })
    .nullable()
    .describe('null where all bodies are kept'),
  peers: z.object({ inbound: z.int(), outbound: z.int() }),
  mempool: z.object({ transactions: z.int(), virtualBytes: z.int() }),
  mining: z.object({ mining: z.boolean(), hashesPerSecond: z.number() }),
  addresses: z.array(z.string()).describe('dialable multiaddrs'),
  signatureBackend: z.string(),
  hashEngine: z.string(),
})

// Blocks

export const blockParamsSchema = z.object({
  hashOrHeight: z.string().regex(/^(?:[0-9a-fA-F]{64}|\d{1,10})$/, 'a height, or a hash of 64 hex digits'),
})

export const blockListQuerySchema = z.strictObject({
  from: z
    .string()
    .regex(/^\d{1,10}$/, 'a height')
    .transform(Number)
    .optional()
    .describe('height to begin with, going down; the tip unless told'),
  limit: numberText(1, MAX_LISTED_BLOCKS, 20),
})

const blockHeaderSchema = blockRefSchema.extend({
  previous: hashId,
  merkleRoot: hashId,
  version: z.int(),
  time: z.int(),
  medianTimePast: z.int(),
  bits: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .describe('compact target'),
  nonce: z.int(),
  work: workHex.describe('cumulative'),
})

export const blockListSchema = z.object({ blocks: z.array(blockHeaderSchema).max(MAX_LISTED_BLOCKS) })

export const blockSchema = blockHeaderSchema.extend({
  confirmations: z.int().min(0).describe('1 for the tip; 0 where the block is not on the best chain'),
  size: z.int().nullable().describe('bytes; null with `weight` and `txids` while only the header is known'),
  weight: z.int().nullable(),
  txids: z.array(hashId).nullable(),
})

export const verdictParamsSchema = z.object({ hash: hashId })

export const verdictSchema = z.object({
  block: blockRefSchema,
  connected: z.boolean().describe('whether the block lies on the best chain now'),
  tip: blockRefSchema,
})

// Transactions

export const transactionParamsSchema = z.object({ txid: hashId })

export const submitBodySchema = z.strictObject({
  hex: hex
    .min(2)
    .max(2 * MAX_SUBMITTED_BYTES)
    .describe('BIP144 serialisation'),
})

export const submittedSchema = z.object({
  txid: hashId,
  fee: amount,
  virtualSize: z.int(),
})

export const transactionContentSchema = z.object({
  txid: hashId,
  wtxid: hashId,
  version: z.int(),
  lockTime: z.int(),
  size: z.int(),
  virtualSize: z.int(),
  weight: z.int(),
  coinbase: z.boolean(),
  inputs: z.array(
    z.object({
      txid: hashId,
      vout: z.int(),
      scriptSig: hex,
      sequence: z.int(),
      witness: z.array(hex),
    }),
  ),
  outputs: z.array(
    z.object({
      value: amount,
      scriptPubKey: hex,
      address: addressText.nullable(),
    }),
  ),
  hex,
})

export const transactionSchema = transactionContentSchema.extend({
  status: z.enum(['pending', 'confirmed']),
  block: blockRefSchema.extend({ time: z.int(), confirmations: z.int().min(0) }).nullable(),
  fee: amount.nullable().describe('known while the transaction is pending'),
})

export const proofSchema = z.object({
  txid: hashId,
  block: blockRefSchema,
  merkleRoot: hashId.describe("of the block's header"),
  position: z
    .int()
    .min(0)
    .describe('of the transaction in the block: its bits say on which side each hash goes'),
  branch: z.array(hashId).describe('the neighbour at each level of the tree, from the transactions up'),
})

// Coins

export const addressParamsSchema = z.object({ address: addressText })

const coinCursorText = z
  .string()
  .regex(
    /^(?:c-\d{1,4}-[0-9a-f]{64}-\d{1,10}|p-[0-9a-z]{1,12}-\d{1,15}-\d{1,10})$/,
    'the `next` of the page before',
  )

export const coinsQuerySchema = z.strictObject({
  after: coinCursorText.optional(),
  limit: numberText(1, MAX_COINS, MAX_COINS),
})

export const coinsBodySchema = z.strictObject({
  addresses: z.array(addressText).min(1).max(MAX_ADDRESSES),
  after: coinCursorText.optional().describe('with the same addresses in the same order'),
  limit: z.int().min(1).max(MAX_COINS).default(MAX_COINS),
})

export const coinSchema = z.object({
  txid: hashId,
  vout: z.int(),
  value: amount,
  address: addressText,
  height: height.nullable().describe('null while the transaction that makes it is pending'),
  coinbase: z.boolean(),
  confirmations: z.int().min(0),
  status: z
    .enum(['confirmed', 'immature', 'pending'])
    .describe(
      'confirmed: spendable in the next block; immature: a coinbase that is not yet; pending: in the mempool',
    ),
  spentBy: hashId.nullable().describe('the pending transaction that spends it'),
})

export const coinsSchema = z.object({
  tip: blockRefSchema,
  coins: z.array(coinSchema).max(MAX_COINS).describe('those of the best chain, then those that are pending'),
  complete: z.boolean().describe('whether no coins follow: `next` is null'),
  next: coinCursorText.nullable().describe('`after` of the next page'),
})

// Mining

export const miningSchema = z.object({
  mining: z.boolean(),
  threads: z.int(),
  hashesPerSecond: z.number(),
  blocksFound: z.int(),
  address: addressText.nullable(),
})

export const miningStartBodySchema = z.strictObject({ address: addressText })

export const generateBodySchema = z.strictObject({
  address: addressText,
  blocks: z.int().min(1).max(MAX_GENERATED_BLOCKS),
})

export const generatedSchema = z.object({
  blocks: z
    .array(blockRefSchema)
    .describe('fewer than asked for where they take long: ask again for the rest'),
})

// Supply

export const supplySchema = z.object({
  tip: blockRefSchema,
  coins: z.int(),
  total: amount,
  digest: z.string().describe('of all coins: equal on nodes that agree'),
})

export type Problem = z.output<typeof problemSchema>
export type Status = z.output<typeof statusSchema>
export type BlockHeaderView = z.output<typeof blockHeaderSchema>
export type BlockView = z.output<typeof blockSchema>
export type VerdictView = z.output<typeof verdictSchema>
export type TransactionView = z.output<typeof transactionSchema>
export type SubmittedTransaction = z.output<typeof submittedSchema>
export type CoinView = z.output<typeof coinSchema>
export type SupplyView = z.output<typeof supplySchema>
