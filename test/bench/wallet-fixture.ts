import { toHex } from '../../src/base/bytes.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { openWalletCurve } from '../../src/platform/node/wallet-curve.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { encodeKeystore } from '../../src/wallet/keystore.ts'
import { createWallet } from '../../src/wallet/new-wallet.ts'
import type { WalletNetwork } from '../../src/wallet/wallet.ts'

/** Base units of each coin, and up to 96 more. */
export const COIN_VALUE = 10_000

export const PASSPHRASE = 'bench'

export const NETWORK: WalletNetwork = {
  name: 'dev',
  prefix: 'dcrn',
  genesis: { hash: '0f'.repeat(32) as BlockHash },
}

/** A wallet's file, and the scripts of its addresses as hex: each holds one coin. */
export interface WalletFixture {
  readonly keystore: string
  readonly scripts: readonly string[]
}

export async function makeWalletFixture(addresses: number): Promise<WalletFixture> {
  const dependencies = { random: systemRandom, curve: await openWalletCurve() }
  const options = { network: NETWORK, passphrase: PASSPHRASE, createdAt: 0 }
  const { wallet } = await createWallet(options, dependencies)
  const account = wallet.account()
  const scripts = Array.from({ length: addresses }, () => toHex(account.nextReceiveAddress().scriptPubKey))
  return { keystore: encodeKeystore(wallet.keystore()), scripts }
}
