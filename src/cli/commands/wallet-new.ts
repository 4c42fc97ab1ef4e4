import { CairnError } from '../../base/errors.ts'
import { parseAccountKey } from '../../wallet/account-key.ts'
import { MAX_GAP_LIMIT } from '../../wallet/scan.ts'
import { configOf } from '../connect.ts'
import type { CommandContext, NodeOptions } from '../context.ts'
import { UsageError } from '../failure.ts'
import { type Bip39Options, bip39PassphraseOf, newPassphrase, type PassphraseOptions } from '../passphrase.ts'
import { printFacts, printJson } from '../table.ts'
import { wholeOption } from '../wallet-options.ts'
import { ensureNew, makeWallet, makeWatchWallet, restoreWallet, type StoredWallet } from '../wallets.ts'

interface NewOptions extends NodeOptions, PassphraseOptions, Bip39Options {
  readonly gapLimit?: string
}

/** `--gap-limit` as a part of a wallet's options. */
export function gapLimitOf({ gapLimit }: Pick<NewOptions, 'gapLimit'>): { readonly gapLimit?: number } {
  const limit = wholeOption('--gap-limit', gapLimit, 1, MAX_GAP_LIMIT)
  return limit === undefined ? {} : { gapLimit: limit }
}

const addressOf = ({ wallet }: StoredWallet): string => wallet.account().currentAddress().address

export interface CreateOptions extends NewOptions {
  readonly words?: string
}

/** `cairn wallet create` */
export async function createWallet(
  name: string,
  options: CreateOptions,
  context: CommandContext,
): Promise<void> {
  const { words = '12' } = options
  if (words !== '12' && words !== '24') throw new UsageError('--words has to be 12 or 24')
  const gapLimit = gapLimitOf(options)
  const config = await configOf(options, context)
  await ensureNew(name, config)
  const passphrase = await newPassphrase(options, context)
  const bip39Passphrase = await bip39PassphraseOf(options, context)
  const made = await makeWallet(
    { name, passphrase, bip39Passphrase, words: words === '12' ? 12 : 24, ...gapLimit },
    config,
    context,
  )
  const { path, mnemonic } = made
  const address = addressOf(made)
  if (options.json) return printJson(context.terminal, { name, path, address, mnemonic })
  printFacts(context.terminal, { wallet: name, file: path, address, words: mnemonic })
  context.terminal.note('Write the words down and keep them secret: whoever has them has the coins.')
  if (bip39Passphrase !== '')
    context.terminal.note('Keep the BIP39 passphrase, too: the words alone lead to another, empty wallet.')
  warnOfNoPassphrase(passphrase, context)
}

export interface ImportOptions extends NewOptions {
  readonly wordsFile?: string
  readonly xpub?: string
}

const MAX_WORDS_BYTES = 4_096

/** `cairn wallet import` */
export async function importWallet(
  name: string,
  options: ImportOptions,
  context: CommandContext,
): Promise<void> {
  const gapLimit = gapLimitOf(options)
  const config = await configOf(options, context)
  await ensureNew(name, config)
  if (options.xpub !== undefined) {
    const { wordsFile, bip39Passphrase, bip39PassphraseFile, passphraseFile } = options
    if ([wordsFile, bip39Passphrase, bip39PassphraseFile, passphraseFile].some((each) => each !== undefined))
      throw new UsageError('a wallet that watches has neither words nor a passphrase: --xpub goes alone')
    const key = accountKey(options.xpub)
    const watched = await makeWatchWallet({ name, key, ...gapLimit }, config, context)
    return announce(watched, options, context)
  }
  const mnemonic = await wordsOf(options, context)
  const bip39Passphrase = await bip39PassphraseOf(options, context)
  const passphrase = await newPassphrase(options, context)
  const restored = await restoreWallet(
    { name, passphrase, mnemonic, bip39Passphrase, ...gapLimit },
    config,
    context,
  )
  announce(restored, options, context)
  if (!options.json) warnOfNoPassphrase(passphrase, context)
}

function accountKey(text: string) {
  try {
    return parseAccountKey(text)
  } catch (error) {
    throw error instanceof CairnError ? new UsageError(`--xpub: ${error.message}`) : error
  }
}

function announce(stored: StoredWallet, { json }: NodeOptions, { terminal }: CommandContext): void {
  const { name, path } = stored
  const address = addressOf(stored)
  const { watchOnly } = stored.wallet
  if (json) {
    printJson(terminal, { name, path, address, watchOnly })
    return
  }
  printFacts(terminal, { wallet: name, file: path, address })
  if (watchOnly) terminal.note('It only watches: it can plan payments (`cairn psbt create`), not sign them.')
  terminal.note(`\`cairn wallet rescan ${name}\` finds its coins.`)
}

async function wordsOf({ wordsFile }: ImportOptions, { machine, terminal }: CommandContext): Promise<string> {
  if (wordsFile === undefined) return terminal.secrets.ask('The 12 or 24 words: ')
  return machine.readTextFile(machine.resolvePath(machine.workingDirectory, wordsFile), MAX_WORDS_BYTES)
}

function warnOfNoPassphrase(passphrase: string, { terminal }: CommandContext): void {
  if (passphrase === '') terminal.note('It has no passphrase: whoever can read the file has the coins.')
}
