import type { Brand } from '../base/brand.ts'
import { type Txid, ZERO_HASH } from './hash.ts'

/** Which output of which transaction: what an input spends. */
export interface OutPoint {
  readonly txid: Txid
  /** index of the output, unsigned 32 bits */
  readonly vout: number
}

/** An outpoint as one string, `<txid>:<vout>`, for maps and for people. */
export type OutPointKey = Brand<string, 'OutPointKey'>

export const outPointKey = (outPoint: OutPoint): OutPointKey =>
  `${outPoint.txid}:${outPoint.vout}` as OutPointKey

export function parseOutPointKey(key: OutPointKey): OutPoint {
  return { txid: key.slice(0, 64) as Txid, vout: Number(key.slice(65)) }
}

/** The prevout of a coinbase input. */
export const NULL_OUTPOINT: OutPoint = { txid: ZERO_HASH, vout: 0xffff_ffff }

export const isNullOutPoint = (outPoint: OutPoint): boolean =>
  outPoint.vout === NULL_OUTPOINT.vout && outPoint.txid === NULL_OUTPOINT.txid
