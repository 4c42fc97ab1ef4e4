import { toHex } from '../../src/base/bytes.ts'
import { openWalletCurve } from '../../src/platform/node/wallet-curve.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { sha256, toHashId } from '../../src/primitives/hash.ts'
import type { CoinSource, CoinStatus, WalletCoin } from '../../src/wallet/coins.ts'
import { importWallet } from '../../src/wallet/new-wallet.ts'
import type { ScryptCost } from '../../src/wallet/seal.ts'
import type { Wallet, WalletNetwork } from '../../src/wallet/wallet.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

/** The words of the vectors in BIP84. */
export const ABANDON = `${'abandon '.repeat(11)}about`

/** Fast, for tests that are not about the passphrase. */
export const CHEAP: ScryptCost = { N: 16, r: 8, p: 1 }

export const DEV_NETWORK: WalletNetwork = {
  name: 'dev',
  prefix: 'dcrn',
  genesis: { hash: '0f'.repeat(32) as BlockHash },
}

export const testWallet = async (network = DEV_NETWORK, passphrase = 'secret'): Promise<Wallet> =>
  importWallet(
    { network, passphrase, createdAt: 1_800_000_000, cost: CHEAP, mnemonic: ABANDON },
    { random: createSeededRandom('test wallet'), curve: await openWalletCurve() },
  )

let coinsMade = 0

/** A coin on a script, at an outpoint of its own. */
export function coinOn(
  scriptPubKey: Uint8Array,
  value: number,
  status: CoinStatus = 'confirmed',
): WalletCoin {
  const txid = toHashId<never>(sha256(new TextEncoder().encode(`coin ${coinsMade++}`)))
  return {
    outPoint: { txid, vout: coinsMade % 3 },
    coin: { value, scriptPubKey, height: 7, coinbase: status === 'immature' },
    status,
  }
}

/** Answers from a list. */
export const sourceOf = (coins: readonly WalletCoin[]): CoinSource => {
  const byScript = new Map<string, WalletCoin[]>()
  for (const coin of coins) {
    const key = toHex(coin.coin.scriptPubKey)
    byScript.set(key, [...(byScript.get(key) ?? []), coin])
  }
  return async (scripts) => scripts.flatMap((script) => byScript.get(toHex(script)) ?? [])
}
