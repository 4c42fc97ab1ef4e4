import type { Command } from 'commander'
import {
  addApiOptions,
  addNodeOptions,
  examples,
  PASSPHRASE_HELP,
  type ProgramHooks,
  passphraseOption,
} from './command-options.ts'

const BIP39_HELP = `
BIP39's own passphrase, the 25th word, is asked for with --bip39-passphrase, or taken from
--bip39-passphrase-file, CAIRN_BIP39_PASSPHRASE or CAIRN_BIP39_PASSPHRASE_FILE.
`

/** An option that may be given more than once. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]

/** Whom to pay, at which fee. */
export const addPaymentOptions = (command: Command): Command =>
  command
    .option('--to <address[=coins]>', 'whom to pay, and how much; more than once for many', collect)
    .option('--to-file <file>', 'a file with a line `<address> <coins>` for each recipient')
    .option('--amount <coins>', 'how much, for one --to without an amount: 1.5')
    .option('--all', 'everything there is, to one --to')
    .option('--fee-rate <rate>', 'base units a virtual byte (default: the least that the node takes)')
    .option('--target <blocks>', 'the rate that should bring it into one of so many blocks, 1 to 144')

export function addSend(program: Command, { context }: ProgramHooks): void {
  const command = addPaymentOptions(
    program
      .command('send')
      .summary('pay from a wallet')
      .description('Pays from a wallet. Its keys never leave this command.'),
  )
    .option('--from <wallet|address>', 'a wallet, or one address of a wallet (default: the wallet `default`)')
    .option('--account <n>', 'which account of the wallet', '0')
    .option('--dry-run', 'only say what would be paid: needs no passphrase, sends nothing')
    .addOption(passphraseOption())
  addApiOptions(command)
    .addHelpText(
      'after',
      PASSPHRASE_HELP +
        examples(
          'cairn send --to crn1q… --amount 1.5',
          'cairn send --to crn1q…=1.5 --to crn1p…=0.25 --dry-run',
          'cairn send --to-file wages.txt --from savings --target 6',
          'cairn send --to crn1q… --all --fee-rate 3 --json',
        ),
    )
    .action(async (options) => (await import('./commands/send.ts')).send(options, context))
}

export function addWallet(program: Command, hooks: ProgramHooks): void {
  const wallet = program
    .command('wallet')
    .summary('make, show, move and restore wallets')
    .description(
      'Wallets: keys in files of the data directory. A node need not run, except for `balance`, `history`, `rescan` and `bump`.',
    )
  addKeeping(wallet, hooks)
  addUsing(wallet, hooks)
  addAccounts(wallet, hooks)
}

/** A command about one wallet. */
const named = (wallet: Command, name: string, description: string): Command =>
  wallet.command(name).description(description).argument('[name]', 'the wallet', 'default')

/** Wallets come, are listed, and move. */
function addKeeping(wallet: Command, { context }: ProgramHooks): void {
  const load = () => import('./commands/wallet.ts')
  const loadNew = () => import('./commands/wallet-new.ts')
  const addSecrets = (command: Command) =>
    command
      .option('--bip39-passphrase', 'ask for a BIP39 passphrase, the 25th word')
      .option('--bip39-passphrase-file <file>', 'the first line of this file is the BIP39 passphrase')
      .option('--gap-limit <n>', 'how many unused addresses in a row end a search (default: 20)')
      .addOption(passphraseOption())

  const create = named(wallet, 'create', 'Makes a new wallet and shows its words.').option(
    '--words <12|24>',
    'how many words',
    '12',
  )
  addNodeOptions(addSecrets(create))
    .addHelpText(
      'after',
      PASSPHRASE_HELP +
        BIP39_HELP +
        examples('cairn wallet create', 'cairn wallet create savings --words 24'),
    )
    .action(async (name, options) => (await loadNew()).createWallet(name, options, context))

  const restore = named(
    wallet,
    'import',
    'Makes a wallet from words that were written down, or one that watches a public key.',
  )
    .option('--words-file <file>', 'the words; they are asked for otherwise, before the passphrases')
    .option('--xpub <key>', "watch an account: xpub… or [73c5da0a/84'/1'/0']xpub…")
  addNodeOptions(addSecrets(restore))
    .addHelpText(
      'after',
      PASSPHRASE_HELP +
        BIP39_HELP +
        examples(
          'cairn wallet import',
          'cairn wallet import old < words-and-passphrase',
          `cairn wallet import till --xpub "[73c5da0a/84'/1'/0']xpub6C…"`,
        ),
    )
    .action(async (name, options) => (await loadNew()).importWallet(name, options, context))

  addNodeOptions(wallet.command('list').description('The wallets of the data directory.'))
    .addHelpText('after', examples('cairn wallet list --network dev', 'cairn wallet list --json'))
    .action(async (options) => (await load()).listWallets(options, context))

  addNodeOptions(wallet.command('rename').description('Gives a wallet another name.'))
    .argument('<name>')
    .argument('<new-name>')
    .addHelpText('after', examples('cairn wallet rename default old'))
    .action(async (name, to, options) => (await load()).renameWallet(name, to, options, context))

  addNodeOptions(named(wallet, 'set', 'Changes a setting of a wallet.'))
    .option('--gap-limit <n>', 'how many unused addresses in a row end a search')
    .addHelpText('after', examples('cairn wallet set --gap-limit 100'))
    .action(async (name, options) => (await load()).setWallet(name, options, context))

  const backup = named(
    wallet,
    'export',
    'Shows the words of a wallet, its backup, or the public key of an account.',
  )
    .alias('backup')
    .option('--xpub', 'the public key, with where it comes from: sees all, spends nothing')
    .option('--account <n>', 'which account', '0')
  addNodeOptions(backup.addOption(passphraseOption()))
    .addHelpText(
      'after',
      PASSPHRASE_HELP + examples('cairn wallet export', 'cairn wallet export savings --xpub --json'),
    )
    .action(async (name, options) =>
      (await import('./commands/wallet-export.ts')).exportWallet(name, options, context),
    )
}

/** What is done with one. */
function addUsing(wallet: Command, { context }: ProgramHooks): void {
  const load = () => import('./commands/wallet.ts')
  addNodeOptions(
    named(wallet, 'address', 'An address to be paid to.')
      .option('--new', 'one that was not shown before')
      .option('--key', 'its public key instead, for multi-signature, vaults and time-locked contracts')
      .option('--account <n>', 'which account', '0'),
  )
    .addHelpText(
      'after',
      examples(
        'cairn wallet address',
        'cairn wallet address savings --new',
        'cairn wallet address --new --key',
      ),
    )
    .action(async (name, options) => (await load()).walletAddress(name, options, context))

  addApiOptions(
    named(wallet, 'balance', 'What a wallet holds.').option(
      '--account <n>',
      'of one account (default: of all)',
    ),
  )
    .addHelpText('after', examples('cairn wallet balance', 'cairn wallet balance savings --account 1 --json'))
    .action(async (name, options) => (await load()).walletBalance(name, options, context))

  addApiOptions(
    named(wallet, 'history', 'What a wallet received and paid, and what became of it.')
      .option('--account <n>', 'of one account (default: of all)')
      .option('--limit <n>', 'how much of it, the latest first', '50'),
  )
    .addHelpText('after', examples('cairn wallet history', 'cairn wallet history savings --limit 10 --json'))
    .action(async (name, options) =>
      (await import('./commands/wallet-history.ts')).walletHistory(name, options, context),
    )

  addNodeOptions(
    wallet
      .command('label')
      .description('Names a payment or an address; without a text the name is removed. Alone, lists all.')
      .argument('[txid|address]')
      .argument('[text]')
      .option('--from <wallet>', 'the wallet that keeps the label (default: `default`)'),
  )
    .addHelpText(
      'after',
      examples(
        'cairn wallet label 5f4c… "rent of March"',
        'cairn wallet label crn1q… shop --from savings',
        'cairn wallet label',
      ),
    )
    .action(async (target, text, options) =>
      (await import('./commands/wallet-label.ts')).labelWallet(target, text, options, context),
    )

  addApiOptions(
    named(wallet, 'rescan', 'Searches all addresses of a wallet for coins anew.').option(
      '--gap-limit <n>',
      'how many unused addresses in a row end the search, from now on',
    ),
  )
    .addHelpText('after', examples('cairn wallet rescan', 'cairn wallet rescan old --gap-limit 500'))
    .action(async (name, options) =>
      (await import('./commands/wallet-rescan.ts')).rescan(name, options, context),
    )

  addApiOptions(
    wallet
      .command('bump')
      .description('Pays a higher fee for a payment of a wallet that is still pending (BIP125).')
      .argument('<txid>')
      .option('--fee-rate <rate>', 'base units a virtual byte that it pays now')
      .option('--from <wallet>', 'the wallet that made it (default: `default`)')
      .option('--dry-run', 'only say what would be paid')
      .addOption(passphraseOption()),
  )
    .addHelpText('after', PASSPHRASE_HELP + examples('cairn wallet bump 5f4c… --fee-rate 8'))
    .action(async (txid, options) => (await import('./commands/wallet-bump.ts')).bump(txid, options, context))
}

function addAccounts(wallet: Command, { context }: ProgramHooks): void {
  const load = () => import('./commands/wallet-account.ts')
  const account = wallet.command('account').description('The accounts of a wallet (BIP84).')
  addNodeOptions(named(account, 'list', 'The accounts of a wallet.'))
    .addHelpText('after', examples('cairn wallet account list'))
    .action(async (name, options) => (await load()).listAccounts(name, options, context))
  addNodeOptions(
    named(account, 'new', 'Adds an account, with addresses of its own.').addOption(passphraseOption()),
  )
    .addHelpText('after', PASSPHRASE_HELP + examples('cairn wallet account new savings'))
    .action(async (name, options) => (await load()).newAccount(name, options, context))
}
