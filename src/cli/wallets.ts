import type { CoinView } from '../api/schemas.ts'
import { CairnError, invariant } from '../base/errors.ts'
import type { NodeConfig } from '../node/config.ts'
import { createWalletFiles } from '../platform/node/wallet-files.ts'
import { unixSeconds } from '../ports/clock.ts'
import type { Txid } from '../primitives/hash.ts'
import { decodeAddress, encodeAddress } from '../script/address.ts'
import type { WalletAddress } from '../wallet/account.ts'
import type { CoinSource, WalletCoin } from '../wallet/coins.ts'
import type { Keystore } from '../wallet/keystore.ts'
import type { MnemonicLength } from '../wallet/mnemonic.ts'
import { createWallet, importWallet, openWallet, type Wallet } from '../wallet/wallet.ts'
import type { ApiClient } from './api-client.ts'
import type { CommandContext } from './context.ts'

/** The wallet that commands and the miner use unless told otherwise. */
export const DEFAULT_WALLET = 'default'

/** Addresses in one question to the node; its limit. */
const ADDRESSES_PER_QUESTION = 1_000

type WalletContext = Pick<CommandContext, 'clock' | 'random'>

/** A wallet together with its file. */
export interface StoredWallet {
  readonly name: string
  readonly path: string
  readonly wallet: Wallet
  /** Writes the address counters, where they have moved. */
  save(): Promise<void>
}

function stored(name: string, wallet: Wallet, { dataDirectory }: NodeConfig): StoredWallet {
  const files = createWalletFiles(dataDirectory)
  let saved: Keystore = wallet.keystore()
  return {
    name,
    path: files.path(name),
    wallet,
    async save() {
      const now = wallet.keystore()
      if (JSON.stringify(now) === JSON.stringify(saved)) return
      await files.save(name, now)
      saved = now
    },
  }
}

/** @throws CairnError `wallet-not-found`, `wallet-of-other-network` or what is wrong with the file */
export async function loadWallet(
  name: string,
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet> {
  const keystore = await createWalletFiles(config.dataDirectory).load(name)
  return stored(name, openWallet(keystore, config.network, context), config)
}

/** All wallets of the data directory, by name. */
export async function loadWallets(config: NodeConfig, context: WalletContext): Promise<StoredWallet[]> {
  const names = await createWalletFiles(config.dataDirectory).list()
  return Promise.all(names.map((name) => loadWallet(name, config, context)))
}

export interface NewWallet {
  readonly name: string
  /** empty for none */
  readonly passphrase: string
}

/** Before anyone is asked for a passphrase in vain. @throws CairnError `wallet-exists` */
export async function ensureNew(name: string, { dataDirectory }: NodeConfig): Promise<void> {
  const files = createWalletFiles(dataDirectory)
  const path = files.path(name)
  if ((await files.list()).includes(name))
    throw new CairnError('wallet-exists', `there is a wallet named ${name} already: ${path}`, { name, path })
}

/** Makes a wallet and its file; nothing is overwritten. @throws CairnError `wallet-exists` */
export async function makeWallet(
  { name, passphrase, words }: NewWallet & { readonly words?: MnemonicLength },
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet & { readonly mnemonic: string }> {
  const { wallet, mnemonic } = await createWallet(
    {
      network: config.network,
      passphrase,
      createdAt: unixSeconds(context.clock),
      ...(words === undefined ? {} : { words }),
    },
    context,
  )
  return { ...(await storeNew(name, wallet, config)), mnemonic }
}

/** Makes a wallet of words that exist already. @throws CairnError `wallet-exists`, `mnemonic-invalid` */
export async function restoreWallet(
  { name, passphrase, mnemonic }: NewWallet & { readonly mnemonic: string },
  config: NodeConfig,
  context: WalletContext,
): Promise<StoredWallet> {
  const wallet = await importWallet(
    { network: config.network, passphrase, createdAt: unixSeconds(context.clock), mnemonic },
    context,
  )
  return storeNew(name, wallet, config)
}

/** The first address counts as handed out: it is shown at once. */
async function storeNew(name: string, wallet: Wallet, config: NodeConfig): Promise<StoredWallet> {
  wallet.nextReceiveAddress()
  await createWalletFiles(config.dataDirectory).create(name, wallet.keystore())
  return stored(name, wallet, config)
}

/** The last receive address that was handed out; the first where none was. Save the wallet afterwards. */
export function currentAddress(wallet: Wallet): WalletAddress {
  const next = wallet.keystore().next.receive
  return next === 0 ? wallet.nextReceiveAddress() : wallet.address(next - 1)
}

type CoinAsker = Pick<ApiClient, 'coins'>

/**
 * The coins that a node knows of, for a wallet's scan.
 * @param onIncomplete - told of an address with more coins than the node lists at once; the rest is left out
 */
export function createCoinSource(
  client: CoinAsker,
  prefix: string,
  onIncomplete: (address: string) => void,
): CoinSource {
  async function ask(addresses: readonly string[], signal: AbortSignal | undefined): Promise<WalletCoin[]> {
    signal?.throwIfAborted()
    if (addresses.length > ADDRESSES_PER_QUESTION) return askHalves(addresses, ADDRESSES_PER_QUESTION, signal)
    const { tip, coins, complete } = await client.coins(addresses)
    if (!complete && addresses.length > 1) return askHalves(addresses, addresses.length >> 1, signal)
    if (!complete) onIncomplete(addresses[0]!)
    return coins
      .filter(({ spentBy }) => spentBy === null)
      .map((coin) => walletCoin(coin, coin.height ?? tip.height + 1, prefix))
  }
  async function askHalves(addresses: readonly string[], first: number, signal: AbortSignal | undefined) {
    const [left, right] = [addresses.slice(0, first), addresses.slice(first)]
    return [...(await ask(left, signal)), ...(await ask(right, signal))]
  }
  return async (scripts, options) => {
    const addresses = scripts.map((script) => {
      const address = encodeAddress(script, prefix)
      invariant(address, "a wallet's script has an address")
      return address
    })
    return ask(addresses, options?.signal)
  }
}

function walletCoin(view: CoinView, height: number, prefix: string): WalletCoin {
  const { txid, vout, value, address, coinbase, status } = view
  const script = decodeAddress(address, prefix)
  if (!script.ok)
    throw new CairnError('coin-source-wrong', `the node answered with the address ${address}`, { address })
  return {
    outPoint: { txid: txid as Txid, vout },
    coin: { value, scriptPubKey: script.value, height, coinbase },
    status,
  }
}

/** Where a wallet of the data directory is to be paid. @throws CairnError `wallet-not-found` */
export async function payoutAddress(
  name: string,
  config: NodeConfig,
  context: WalletContext,
): Promise<string> {
  const { wallet, save } = await loadWallet(name, config, context)
  const { address } = currentAddress(wallet)
  await save()
  return address
}
