import type { Txid } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { MempoolCursors } from './mempool-cursor.ts'

/** The place of a coin in the order in which coins are listed. */
export type CoinCursor =
  | {
      readonly kind: 'confirmed'
      /** of those asked for, from 0 */
      readonly script: number
      readonly outPoint: OutPoint
    }
  | {
      readonly kind: 'pending'
      /** of the transaction that makes it */
      readonly sequence: number
      readonly vout: number
    }

export function coinCursorText(cursor: CoinCursor, pending: MempoolCursors): string {
  if (cursor.kind === 'pending') return `p-${pending.textOf(cursor.sequence)}-${cursor.vout}`
  const { txid, vout } = cursor.outPoint
  return `c-${cursor.script}-${txid}-${vout}`
}

/**
 * @param text - of the form that the schema asks for
 * @throws `cursor-gone`, see `MempoolCursors`
 */
export function parseCoinCursor(text: string, pending: MempoolCursors): CoinCursor {
  const [kind, first, second, last] = text.split('-')
  if (kind === 'p')
    return { kind: 'pending', sequence: pending.sequenceOf(`${first}-${second}`), vout: Number(last) }
  return {
    kind: 'confirmed',
    script: Number(first),
    outPoint: { txid: second as Txid, vout: Number(last) },
  }
}
