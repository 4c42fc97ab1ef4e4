import type { Machine } from '../ports/machine.ts'
import type { Keystore } from '../wallet/keystore.ts'
import { EMPTY_PASSPHRASE_COST } from '../wallet/seal.ts'
import type { UnlockedWallet, Wallet } from '../wallet/wallet.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './failure.ts'
import { givenSecret, type SecretSource } from './secret-source.ts'

export interface PassphraseOptions {
  readonly passphraseFile?: string
}

const passphraseSource = ({ passphraseFile }: PassphraseOptions): SecretSource => ({
  name: 'passphrase',
  file: passphraseFile,
  variable: 'CAIRN_WALLET_PASSPHRASE',
  fileVariable: 'CAIRN_WALLET_PASSPHRASE_FILE',
})

/**
 * The passphrase from `--passphrase-file`, CAIRN_WALLET_PASSPHRASE or CAIRN_WALLET_PASSPHRASE_FILE, whichever is there
 * first; undefined where none is. Of a file, the first line.
 */
export const givenPassphrase = (options: PassphraseOptions, machine: Machine): Promise<string | undefined> =>
  givenSecret(passphraseSource(options), machine)

/** A secret for something new: given, or asked for twice. It may be empty. */
async function newSecret(
  source: SecretSource,
  prompt: string,
  { machine, terminal }: CommandContext,
): Promise<string> {
  const given = await givenSecret(source, machine)
  if (given !== undefined) return given
  const secret = await terminal.secrets.ask(prompt)
  if (terminal.secrets.interactive && (await terminal.secrets.ask('Once more: ')) !== secret)
    throw new UsageError('the two passphrases are not the same')
  return secret
}

/** A passphrase for a new wallet's file. */
export const newPassphrase = (options: PassphraseOptions, context: CommandContext): Promise<string> =>
  newSecret(passphraseSource(options), 'New passphrase (empty for none): ', context)

export interface Bip39Options {
  /** ask for it */
  readonly bip39Passphrase?: boolean
  readonly bip39PassphraseFile?: string
}

/** BIP39's own passphrase, the 25th word, of a wallet that is made: where it is asked for or given. */
export async function bip39PassphraseOf(options: Bip39Options, context: CommandContext): Promise<string> {
  const source: SecretSource = {
    name: 'BIP39 passphrase',
    file: options.bip39PassphraseFile,
    variable: 'CAIRN_BIP39_PASSPHRASE',
    fileVariable: 'CAIRN_BIP39_PASSPHRASE_FILE',
  }
  return options.bip39Passphrase === true
    ? newSecret(source, 'BIP39 passphrase, the 25th word (empty for none): ', context)
    : ((await givenSecret(source, context.machine)) ?? '')
}

/** Such a wallet's file is all that it takes: nothing has to be asked. */
export const hasNoPassphrase = ({ secret }: Keystore): boolean => secret?.kdf.N === EMPTY_PASSPHRASE_COST.N

/** Unlocks a wallet with a passphrase that is given or asked for. @throws CairnError `wallet-passphrase-wrong` */
export async function unlockWallet(
  wallet: Wallet,
  name: string,
  options: PassphraseOptions,
  { machine, terminal }: CommandContext,
): Promise<UnlockedWallet> {
  if (wallet.watchOnly || hasNoPassphrase(wallet.keystore())) return wallet.unlock('')
  const given = await givenPassphrase(options, machine)
  return wallet.unlock(given ?? (await terminal.secrets.ask(`Passphrase of wallet ${name}: `)))
}
