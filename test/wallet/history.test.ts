import { describe, expect, it } from 'vitest'
import { lostPayments } from '../../src/wallet/history.ts'
import {
  encodeNotes,
  MAX_LABELS,
  NO_NOTES,
  parseNotes,
  type SentPayment,
  withLabel,
} from '../../src/wallet/notes.ts'

const id = (name: string): string => Buffer.from(name).toString('hex').padStart(64, '0')

const sent = (name: string, ...inputs: string[]): SentPayment => ({
  txid: id(name),
  inputs: inputs.map((input) => `${id(input)}:0`),
  account: 0,
  amount: 1_000,
  fee: 100,
  sentAt: 1,
  settled: false,
})

/** What is told of payments where the node knows some transactions, and coins by what spends them. */
function judged(payments: readonly SentPayment[], known: string[], coins: Record<string, string | null>) {
  const spenders = new Map(
    Object.entries(coins).map(([coin, by]) => [`${id(coin)}:0`, by === null ? null : id(by)]),
  )
  const ids = new Set(known.map(id))
  const lost = lostPayments(payments, {
    has: (txid) => ids.has(txid),
    spenderOf: (outPoint) => spenders.get(outPoint),
  })
  return lost.map(({ payment, status, by }) => [payment.txid, status, by])
}

describe('a payment that the node does not know', () => {
  it('is replaced where another of ours spends a coin of it, pending or confirmed', () => {
    const payments = [sent('first', 'x', 'y'), sent('second', 'y')]
    expect(judged(payments, ['second'], { x: null })).toEqual([[id('first'), 'replaced', id('second')]])
  })

  it('is in conflict where others spend a coin of it, or the coin is gone', () => {
    expect(judged([sent('p', 'x', 'y')], [], { x: null, y: 'thief' })).toEqual([
      [id('p'), 'conflicted', id('thief')],
    ])
    expect(judged([sent('p', 'x', 'y')], [], { x: null })).toEqual([[id('p'), 'conflicted', null]])
  })

  it('is dropped where its coins can still be spent, with those that spend its change', () => {
    expect(judged([sent('p', 'x'), sent('q', 'p')], [], { x: null })).toEqual([
      [id('p'), 'dropped', null],
      [id('q'), 'dropped', null],
    ])
    expect(judged([sent('p', 'x'), sent('q', 'p')], [], {})).toEqual([
      [id('p'), 'conflicted', null],
      [id('q'), 'conflicted', null],
    ])
  })

  it('is none where it is pending or confirmed', () => {
    expect(judged([sent('p', 'x')], ['p'], {})).toEqual([])
  })
})

describe('the notes of a wallet', () => {
  it('are read as they were written', () => {
    const notes = withLabel({ labels: {}, sent: [sent('p', 'x')] }, id('p'), 'rent')
    expect(parseNotes(encodeNotes(notes))).toEqual(notes)
    expect(withLabel(notes, id('p'), '')).toEqual({ ...notes, labels: {} })
  })

  it('are refused where they are not what was written', () => {
    for (const text of ['', '{}', '[]', encodeNotes(NO_NOTES).replace(':1', ':2')])
      expect(() => parseNotes(text)).toThrow(expect.objectContaining({ code: 'wallet-notes-invalid' }))
  })

  it('hold so many labels and no more', () => {
    const labels = Object.fromEntries(Array.from({ length: MAX_LABELS }, (_, i) => [`a${i}`, 'x']))
    const full = { ...NO_NOTES, labels }
    expect(() => withLabel(full, 'new', 'x')).toThrow(expect.objectContaining({ code: 'too-many-labels' }))
    expect(withLabel(full, 'a1', 'y').labels.a1).toBe('y')
  })
})
