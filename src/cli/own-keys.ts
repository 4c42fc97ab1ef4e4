import { toHex } from '../base/bytes.ts'
import { CairnError } from '../base/errors.ts'
import type { WalletAddress } from '../wallet/account.ts'
import type { FindAddress } from '../wallet/psbt.ts'
import type { Wallet } from '../wallet/wallet.ts'

/** An address of any of the wallet's accounts. */
export function findIn(wallet: Wallet, wanted: Parameters<FindAddress>[0]): WalletAddress | undefined {
  for (const account of wallet.accounts) {
    const found = account.find(wanted)
    if (found !== undefined) return found
  }
  return undefined
}

/** The same where it has to be there. @throws CairnError `key-not-ours` */
export function ownAddress(wallet: Wallet, name: string, publicKey: Uint8Array): WalletAddress {
  const found = findIn(wallet, { publicKey })
  if (found !== undefined) return found
  const key = toHex(publicKey)
  throw new CairnError(
    'key-not-ours',
    `wallet ${name} does not have the key ${key}, which has to sign: choose another with --from`,
    { wallet: name, publicKey: key },
  )
}
