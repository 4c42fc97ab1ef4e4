import { putBytes, putCompactSize } from '../base/little-endian.ts'
import { type ByteReader, decode } from '../base/reader.ts'
import { type Allocate, newBytes } from '../base/slab.ts'
import { compactSizeLength } from '../base/writer.ts'
import type { Coin } from '../primitives/coin.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import { MAX_TRANSACTION_BYTES } from '../primitives/transaction.ts'
import { damaged } from './damage.ts'

const MAX_HEIGHT = 0xffff_ffff

const originOf = ({ height, coinbase }: Coin): number => height * 2 + (coinbase ? 1 : 0)

function coinLength(coin: Coin): number {
  const { length } = coin.scriptPubKey
  return (
    compactSizeLength(originOf(coin)) + compactSizeLength(coin.value) + compactSizeLength(length) + length
  )
}

function putCoin(out: Uint8Array, at: number, coin: Coin): number {
  const scriptAt = putCompactSize(out, putCompactSize(out, at, originOf(coin)), coin.value)
  return putBytes(out, putCompactSize(out, scriptAt, coin.scriptPubKey.length), coin.scriptPubKey)
}

function readCoin(reader: ByteReader): Coin {
  const code = reader.compactSize(2 * MAX_HEIGHT + 1)
  const value = reader.compactSize(MAX_MONEY)
  // A copy: a view would keep the whole record alive as long as the coin.
  const scriptPubKey = reader.varBytes(MAX_TRANSACTION_BYTES).slice()
  return { value, scriptPubKey, height: Math.floor(code / 2), coinbase: code % 2 === 1 }
}

export function encodeCoin(coin: Coin, allocate: Allocate = newBytes): Uint8Array {
  const out = allocate(coinLength(coin))
  putCoin(out, 0, coin)
  return out
}

export function decodeCoin(bytes: Uint8Array): Coin {
  const coin = decode(bytes, readCoin)
  return coin.ok ? coin.value : damaged('coin', { cause: coin.error })
}

/** Undo data: the coins that a block spent, in its order. */
export function encodeUndo(coins: readonly Coin[]): Uint8Array {
  const out = new Uint8Array(
    coins.reduce((sum, coin) => sum + coinLength(coin), compactSizeLength(coins.length)),
  )
  let at = putCompactSize(out, 0, coins.length)
  for (const coin of coins) at = putCoin(out, at, coin)
  return out
}

export function decodeUndo(bytes: Uint8Array): Coin[] {
  const coins = decode(bytes, (reader) => reader.list(MAX_TRANSACTION_BYTES, 3, readCoin))
  return coins.ok ? coins.value : damaged('undo data', { cause: coins.error })
}
