import { equalBytes } from '../../base/bytes.ts'
import { outPointKey } from '../../primitives/outpoint.ts'
import { unseal } from '../../storage/checked-store.ts'
import { decodeCoin } from '../../storage/coin-records.ts'
import { undamaged } from '../../storage/damage.ts'
import {
  ALL_ADDRESSES,
  ALL_COINS,
  addressKey,
  coinKey,
  isAddressKey,
  isCoinKey,
  outPointOfKey,
  scriptOfAddressKey,
} from '../../storage/keyspace.ts'
import { outPointOf } from './coin-set.ts'
import { type Ground, isDamaged, readRecords } from './ground.ts'
import type { Replay } from './replay.ts'

/** Records that are looked up together. */
const BATCH = 1_000

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * Holds the stored coins against those that the replay has come to, and against the index of addresses.
 * @param replay - left out where the coins could not be worked out
 */
export async function verifyCoins(
  ground: Ground,
  replay: Replay | undefined,
  withAddresses: boolean,
): Promise<number> {
  const { store, findings, signal, report, coinPath } = ground
  const height = coinPath?.tip.height ?? Number.POSITIVE_INFINITY
  let done = 0
  let later = 0
  for await (const batch of inBatches(store.entries(ALL_COINS))) {
    signal.throwIfAborted()
    const addresses: Uint8Array[] = []
    for (const [key, sealed] of batch) {
      if (!isCoinKey(key)) continue
      const value = unseal(key, sealed)
      const outPoint = outPointOf(outPointOfKey(key))
      const coin = value && undamaged(() => decodeCoin(value))
      replay?.coins.compare(outPoint, coin, findings)
      if (coin === undefined) continue
      if (coin.height > height) later += 1
      addresses.push(addressKey(coin.scriptPubKey, outPoint))
    }
    if (withAddresses) {
      const found = await readRecords(ground, addresses)
      for (const [i, key] of addresses.entries())
        if (found[i] === undefined && !isDamaged(ground, key))
          findings.add('address-missing', outPointKey(outPointOf(outPointOfKey(key))))
    }
    done += batch.length
    report({ step: 'checking coins', unit: 'records', done, total: undefined })
  }
  if (later > 0) findings.add('tip-wrong', `${height}, and ${later} coins are of later blocks`)
  replay?.coins.tellMissing(findings)
  return done
}

/** Looks for entries of the index of addresses without a coin of that script. */
export async function verifyAddresses(ground: Ground): Promise<void> {
  const { store, findings, signal, report } = ground
  let done = 0
  for await (const all of inBatches(store.entries(ALL_ADDRESSES))) {
    signal.throwIfAborted()
    const batch = all.filter(([key]) => isAddressKey(key))
    const keys = batch.map(([key]) => coinKey(outPointOf(outPointOfKey(key))))
    const coins = await readRecords(ground, keys)
    for (const [i, [key]] of batch.entries()) {
      const value = coins[i]
      const coin = value && undamaged(() => decodeCoin(value))
      const isRight =
        coin === undefined
          ? isDamaged(ground, keys[i]!)
          : equalBytes(coin.scriptPubKey, scriptOfAddressKey(key))
      if (!isRight) findings.add('address-unexpected', outPointKey(outPointOf(outPointOfKey(key))))
    }
    done += all.length
    report({ step: 'checking the index of addresses', unit: 'records', done, total: undefined })
  }
}
