import { CairnError, errorMessage } from '../base/errors.ts'
import type { Machine } from '../ports/machine.ts'
import type { Keystore } from '../wallet/keystore.ts'
import { EMPTY_PASSPHRASE_COST } from '../wallet/seal.ts'
import type { UnlockedWallet, Wallet } from '../wallet/wallet.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './failure.ts'

export const PASSPHRASE_VARIABLE = 'CAIRN_WALLET_PASSPHRASE'
export const PASSPHRASE_FILE_VARIABLE = 'CAIRN_WALLET_PASSPHRASE_FILE'

const MAX_FILE_BYTES = 4_096

export interface PassphraseOptions {
  readonly passphraseFile?: string
}

/**
 * The passphrase from `--passphrase-file`, CAIRN_WALLET_PASSPHRASE or CAIRN_WALLET_PASSPHRASE_FILE, whichever is there
 * first; undefined where none is. Of a file, the first line. Arguments are never asked: other users see them.
 */
export async function givenPassphrase(
  { passphraseFile }: PassphraseOptions,
  machine: Machine,
): Promise<string | undefined> {
  const { environment } = machine
  const variable = environment[PASSPHRASE_VARIABLE]
  if (passphraseFile === undefined && variable) return variable
  const file = passphraseFile ?? (environment[PASSPHRASE_FILE_VARIABLE] || undefined)
  if (file === undefined) return undefined
  const path = machine.resolvePath(machine.workingDirectory, file)
  try {
    const text = await machine.readTextFile(path, MAX_FILE_BYTES)
    return text.split(/\r?\n/, 1)[0]!
  } catch (error) {
    throw new CairnError(
      'passphrase-file-unreadable',
      `cannot read the passphrase file ${path}: ${errorMessage(error)}`,
      { path },
      error,
    )
  }
}

/** A passphrase for a new wallet: given, or asked for twice. It may be empty. */
export async function newPassphrase(
  options: PassphraseOptions,
  { machine, terminal }: CommandContext,
): Promise<string> {
  const given = await givenPassphrase(options, machine)
  if (given !== undefined) return given
  const passphrase = await terminal.secrets.ask('New passphrase (empty for none): ')
  if (!terminal.secrets.interactive) return passphrase
  if ((await terminal.secrets.ask('Once more: ')) !== passphrase)
    throw new UsageError('the two passphrases are not the same')
  return passphrase
}

/** Such a wallet's file is all that it takes: nothing has to be asked. */
const hasNoPassphrase = ({ secret }: Keystore): boolean => secret.kdf.N === EMPTY_PASSPHRASE_COST.N

/** Unlocks a wallet with a passphrase that is given or asked for. @throws CairnError `wallet-passphrase-wrong` */
export async function unlockWallet(
  wallet: Wallet,
  name: string,
  options: PassphraseOptions,
  { machine, terminal }: CommandContext,
): Promise<UnlockedWallet> {
  if (hasNoPassphrase(wallet.keystore())) return wallet.unlock('')
  const given = await givenPassphrase(options, machine)
  return wallet.unlock(given ?? (await terminal.secrets.ask(`Passphrase of wallet ${name}: `)))
}
