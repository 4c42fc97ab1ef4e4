import { type ByteReader, decode } from '../base/reader.ts'
import { ByteWriter } from '../base/writer.ts'
import type { Coin } from '../primitives/coin.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import { MAX_TRANSACTION_BYTES } from '../primitives/transaction.ts'
import { damaged } from './damage.ts'

/** Height, value and a script of 34 bytes, each with its length. */
const MAX_USUAL_COIN_BYTES = 53

const MAX_HEIGHT = 0xffff_ffff

function writeCoin(writer: ByteWriter, { height, coinbase, value, scriptPubKey }: Coin): void {
  writer
    .compactSize(height * 2 + (coinbase ? 1 : 0))
    .compactSize(value)
    .varBytes(scriptPubKey)
}

function readCoin(reader: ByteReader): Coin {
  const code = reader.compactSize(2 * MAX_HEIGHT + 1)
  const value = reader.compactSize(MAX_MONEY)
  // A copy: a view would keep the whole record alive as long as the coin.
  const scriptPubKey = reader.varBytes(MAX_TRANSACTION_BYTES).slice()
  return { value, scriptPubKey, height: Math.floor(code / 2), coinbase: code % 2 === 1 }
}

export function encodeCoin(coin: Coin): Uint8Array {
  const writer = new ByteWriter(MAX_USUAL_COIN_BYTES)
  writeCoin(writer, coin)
  return writer.finish()
}

export function decodeCoin(bytes: Uint8Array): Coin {
  const coin = decode(bytes, readCoin)
  return coin.ok ? coin.value : damaged('coin', { cause: coin.error })
}

/** Undo data: the coins that a block spent, in its order. */
export function encodeUndo(coins: readonly Coin[]): Uint8Array {
  const writer = new ByteWriter(64 * coins.length + 9)
  writer.compactSize(coins.length)
  for (const coin of coins) writeCoin(writer, coin)
  return writer.finish()
}

export function decodeUndo(bytes: Uint8Array): Coin[] {
  const coins = decode(bytes, (reader) => reader.list(MAX_TRANSACTION_BYTES, 3, readCoin))
  return coins.ok ? coins.value : damaged('undo data', { cause: coins.error })
}
