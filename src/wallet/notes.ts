import { z } from 'zod'
import { CairnError } from '../base/errors.ts'
import { outPointKey } from '../primitives/outpoint.ts'
import type { Transaction } from '../primitives/transaction.ts'
import type { PaymentPlan } from './payment-plan.ts'

/** What a person writes beside a payment or an address, in characters. */
export const MAX_LABEL_LENGTH = 200
export const MAX_LABELS = 10_000
/** Payments that are remembered: the latest ones. */
export const MAX_SENT_PAYMENTS = 500
/** A payment of the largest size that is made has about 1,400 inputs. */
const MAX_INPUTS = 2_000
/** Nothing longer is parsed. */
export const MAX_NOTES_BYTES = 16 * 1024 * 1024

const txid = z.string().regex(/^[0-9a-f]{64}$/, 'no transaction id')

const sentPayment = z.strictObject({
  txid,
  inputs: z.array(z.string().regex(/^[0-9a-f]{64}:\d{1,10}$/, 'no output')).max(MAX_INPUTS),
  account: z.int().min(0),
  amount: z.int().min(0),
  fee: z.int().min(0),
  sentAt: z.int().min(0),
  /** so deep in the chain that nobody has to look again */
  settled: z.boolean(),
})

const schema = z.strictObject({
  format: z.literal('cairn-wallet-notes'),
  version: z.literal(1),
  labels: z.record(z.string().max(100), z.string().min(1).max(MAX_LABEL_LENGTH)),
  sent: z.array(sentPayment).max(MAX_SENT_PAYMENTS),
})

/** A payment of the wallet, as it remembers it. */
export type SentPayment = Readonly<z.infer<typeof sentPayment>>

/** What a wallet keeps beside its keys; the wallet works without it. */
export interface WalletNotes {
  /** by transaction id or address */
  readonly labels: Readonly<Record<string, string>>
  /** the latest last */
  readonly sent: readonly SentPayment[]
}

export const NO_NOTES: WalletNotes = { labels: {}, sent: [] }

/**
 * Reads notes that may have been changed by anyone.
 * @throws CairnError `wallet-notes-invalid`
 */
export function parseNotes(text: string): WalletNotes {
  try {
    if (text.length > MAX_NOTES_BYTES) throw new Error(`longer than ${MAX_NOTES_BYTES} bytes`)
    const { labels, sent } = schema.parse(JSON.parse(text))
    return { labels, sent }
  } catch (cause) {
    throw new CairnError('wallet-notes-invalid', "the wallet's notes cannot be read", {}, cause)
  }
}

export const encodeNotes = ({ labels, sent }: WalletNotes): string =>
  `${JSON.stringify({ format: 'cairn-wallet-notes', version: 1, labels, sent })}\n`

/** @param text - empty to remove it. @throws CairnError `label-too-long`, `too-many-labels` */
export function withLabel(notes: WalletNotes, target: string, text: string): WalletNotes {
  if (text.length > MAX_LABEL_LENGTH)
    throw new CairnError('label-too-long', `a label has at most ${MAX_LABEL_LENGTH} characters`)
  const { [target]: _, ...others } = notes.labels
  if (text !== '' && Object.keys(others).length >= MAX_LABELS)
    throw new CairnError('too-many-labels', `a wallet has at most ${MAX_LABELS} labels`)
  return { ...notes, labels: text === '' ? others : { ...others, [target]: text } }
}

/** Remembers a payment, and forgets the oldest where there are too many. */
export function withPayment(
  notes: WalletNotes,
  { transaction, plan, sentAt }: { transaction: Transaction; plan: PaymentPlan; sentAt: number },
): WalletNotes {
  const paid = plan.outputs.reduce((sum, { value }) => sum + value, 0) - (plan.change?.value ?? 0)
  const payment: SentPayment = {
    txid: transaction.txid,
    inputs: transaction.inputs.map(({ prevout }) => outPointKey(prevout)),
    account: plan.spent[0]?.owner.account ?? 0,
    amount: paid,
    fee: plan.fee,
    sentAt,
    settled: false,
  }
  const others = notes.sent.filter((each) => each.txid !== payment.txid)
  return { ...notes, sent: [...others, payment].slice(-MAX_SENT_PAYMENTS) }
}
