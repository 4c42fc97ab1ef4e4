import { z } from 'zod'
import { DEFAULT_BAN_SECONDS, MAX_BAN_REASON, MAX_BAN_SECONDS } from './limits.ts'
import { hashId, height, workHex } from './schema-parts.ts'

const peerId = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,80}$/, 'a peer id')

const peerSchema = z.object({
  id: z.string(),
  address: z.string().describe('the remote multiaddr'),
  inbound: z.boolean(),
  connectedAtMs: z.int(),
  latencyMs: z.number().nullable().describe('the last round trip; null until one was measured'),
  score: z.number().describe('at most 0: what its faults have cost it; half is forgotten in five minutes'),
  gossipScore: z.number().describe("gossipsub's: its topics, and its faults"),
  brought: z
    .object({ blocks: z.int(), transactions: z.int() })
    .describe('what it was the first to bring, on this connection'),
  protected: z.boolean().describe('whether it would stay where one peer had to make room'),
  anchor: z.boolean().describe('whether it is dialled first after a restart'),
  feeler: z.boolean().describe('whether the connection is only to see if the peer is there'),
  hello: z
    .object({ userAgent: z.string(), tip: hashId, height, work: workHex })
    .nullable()
    .describe('what the peer says of itself; null until it has'),
})

export const peersSchema = z.object({ peers: z.array(peerSchema) })

export const peerParamsSchema = z.object({ id: peerId })

export const peerIdSchema = z.object({ id: z.string() })

export const dialBodySchema = z.strictObject({ multiaddr: z.string().min(1).max(1_000) })

export const banBodySchema = z.strictObject({
  seconds: z.int().min(1).max(MAX_BAN_SECONDS).default(DEFAULT_BAN_SECONDS),
  reason: z.string().min(1).max(MAX_BAN_REASON).default('banned by the user'),
})

export const banSchema = z.object({ id: z.string(), untilMs: z.int(), reason: z.string() })

export const bansSchema = z.object({ bans: z.array(banSchema) })
