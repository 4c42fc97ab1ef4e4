import type { Command } from 'commander'
import {
  addApiOptions,
  addNodeOptions,
  examples,
  PASSPHRASE_HELP,
  type ProgramHooks,
  passphraseOption,
} from './command-options.ts'
import { addPaymentOptions, collect } from './program-wallet.ts'

const PREIMAGE_HELP = `
The preimage is asked for, or taken from --preimage-file, CAIRN_PREIMAGE, CAIRN_PREIMAGE_FILE, or standard
input where that is no terminal. It is never an argument.
`

const script = (command: Command): Command =>
  command.requiredOption('--script <hex>', 'the script of the contract, as `create` shows it')

const addLocks = (command: Command): Command =>
  command
    .optionsGroup('Until when:')
    .option('--height <block>', 'up to this height')
    .option('--time <seconds>', 'up to this Unix time')
    .option('--blocks <n>', 'for so many blocks from when it is paid')
    .option('--seconds <n>', 'for so many seconds from when it is paid')

const addSpending = (command: Command): Command =>
  addApiOptions(
    script(command)
      .option('--from <wallet>', 'the wallet that has the key (default: `default`)')
      .option('--to <address>', 'whom to pay (default: a new address of that wallet)')
      .option('--fee-rate <rate>', 'base units a virtual byte (default: the least that the node takes)')
      .option('--target <blocks>', 'the rate that should bring it into one of so many blocks, 1 to 144')
      .addOption(passphraseOption()),
  )

export function addContracts(program: Command, hooks: ProgramHooks): void {
  addMultisig(program, hooks)
  addVault(program, hooks)
  addHtlc(program, hooks)
}

const addShow = (parent: Command, kind: 'multisig' | 'vault' | 'htlc', { context }: ProgramHooks): void => {
  addApiOptions(script(parent.command('show').description('What a contract says, and what lies on it.')))
    .addHelpText('after', examples(`cairn ${kind} show --script 63…`))
    .action(async (options) => (await import('./commands/contracts.ts')).showContract(kind, options, context))
}

function addMultisig(program: Command, hooks: ProgramHooks): void {
  const { context } = hooks
  const multisig = program
    .command('multisig')
    .summary('coins that several have to sign for')
    .description(
      'Coins that m of n keys have to sign for (P2WSH). The order of the keys does not matter (BIP67).',
    )
  const load = () => import('./commands/multisig.ts')
  addNodeOptions(
    multisig
      .command('create')
      .description('Makes the script and the address of m of n keys.')
      .requiredOption('--required <m>', 'how many have to sign')
      .option('--key <key>', "a public key, or an account's (xpub…); once for each", collect)
      .option('--index <i>', "which key of accounts' keys: 0/<i>", '0'),
  )
    .addHelpText(
      'after',
      examples(
        'cairn wallet address --new --key',
        'cairn multisig create --required 2 --key 02ab… --key 03cd… --key xpub6C…',
        'cairn send --to <its address> --amount 5',
      ),
    )
    .action(async (options) => (await load()).createMultisig(options, context))
  addShow(multisig, 'multisig', hooks)
  addApiOptions(
    script(
      addPaymentOptions(multisig.command('spend').description('Plans a payment as a PSBT and signs it.')),
    )
      .option('--from <wallet>', 'the wallet that signs (default: `default`)')
      .option('--no-sign', 'leave all signatures to others')
      .option('--out <file>', 'write the PSBT to this file')
      .addOption(passphraseOption()),
  )
    .addHelpText(
      'after',
      PASSPHRASE_HELP +
        examples(
          'cairn multisig spend --script 52… --to crn1q…=1 --out pay.psbt',
          'cairn psbt sign pay.psbt --from other --out both.psbt',
          'cairn psbt send both.psbt',
        ),
    )
    .action(async (options) => (await load()).spendMultisig(options, context))
}

function addVault(program: Command, hooks: ProgramHooks): void {
  const { context } = hooks
  const vault = program
    .command('vault')
    .summary('coins that cannot move before some time')
    .description('Coins that nobody, their owner included, can spend before some time.')
  const load = () => import('./commands/vault.ts')
  addNodeOptions(
    addLocks(vault.command('create').description('Makes the script and the address of a vault.'))
      .optionsGroup('Options:')
      .option('--key <publickey>', 'whose it is (default: a new key of the wallet)')
      .option('--from <wallet>', 'the wallet of the new key (default: `default`)'),
  )
    .addHelpText(
      'after',
      examples('cairn vault create --height 250000', 'cairn vault create --blocks 2880 --json'),
    )
    .action(async (options) => (await load()).createVault(options, context))
  addShow(vault, 'vault', hooks)
  addSpending(vault.command('spend').description('Spends all that lies in a vault.'))
    .addHelpText('after', PASSPHRASE_HELP + examples('cairn vault spend --script 03…'))
    .action(async (options) => (await load()).spendVault(options, context))
}

function addHtlc(program: Command, hooks: ProgramHooks): void {
  const { context } = hooks
  const htlc = program
    .command('htlc')
    .summary('hashed time-lock contracts, for swaps between networks')
    .description(
      'Hashed time-lock contracts: the recipient takes the coins with the preimage of a hash, or else the funder has ' +
        'them back from some time on. Two of them on two networks with the same hash are an atomic swap.',
    )
  const load = () => import('./commands/htlc.ts')
  addNodeOptions(
    addLocks(htlc.command('create').description('Makes the script and the address of a contract.'))
      .optionsGroup('Options:')
      .requiredOption('--recipient <publickey>', 'who may claim with the preimage')
      .option('--refund <publickey>', 'who has it back afterwards (default: a new key of the wallet)')
      .option('--from <wallet>', 'the wallet of the new key (default: `default`)')
      .option('--hash <hex>', 'SHA-256 of the preimage (default: that of a new preimage)')
      .option('--preimage-file <file>', 'a preimage that exists already')
      .option('--preimage-out <file>', 'write the new preimage to this file, instead of showing it'),
  )
    .addHelpText(
      'after',
      examples(
        'cairn htlc create --recipient 02ab… --height 1200 --preimage-out secret.txt',
        'cairn htlc create --recipient 03cd… --hash 9f86… --blocks 60 --network test',
      ),
    )
    .action(async (options) => (await load()).createHtlc(options, context))
  addShow(htlc, 'htlc', hooks)
  addApiOptions(
    script(htlc.command('fund').description('Pays into a contract from a wallet.'))
      .requiredOption('--amount <coins>', 'how much, in coins')
      .option('--from <wallet|address>', 'the wallet that pays (default: `default`)')
      .option('--account <n>', 'which account of the wallet', '0')
      .option('--fee-rate <rate>', 'base units a virtual byte (default: the least that the node takes)')
      .option('--target <blocks>', 'the rate that should bring it into one of so many blocks, 1 to 144')
      .option('--dry-run', 'only say what would be paid')
      .addOption(passphraseOption()),
  )
    .addHelpText('after', PASSPHRASE_HELP + examples('cairn htlc fund --script 63… --amount 2'))
    .action(async (options) => (await load()).fundHtlc(options, context))
  addSpending(
    htlc.command('claim').description('Takes the coins with the preimage, which everyone sees then.'),
  )
    .option('--preimage-file <file>', 'the first line of this file is the preimage')
    .addHelpText(
      'after',
      PREIMAGE_HELP + PASSPHRASE_HELP + examples('cairn htlc claim --script 63… --preimage-file secret.txt'),
    )
    .action(async (options) => (await load()).claimHtlc(options, context))
  addSpending(htlc.command('refund').description('Takes the coins back, from when the contract allows it.'))
    .addHelpText('after', PASSPHRASE_HELP + examples('cairn htlc refund --script 63…'))
    .action(async (options) => (await load()).refundHtlc(options, context))
  addApiOptions(
    script(
      htlc
        .command('preimage')
        .description('Shows the preimage that a claim of the contract has made public.'),
    )
      .option('--txid <txid>', 'the claim, where it is known')
      .option('--blocks <n>', 'how many of the last blocks to search (default: 144)'),
  )
    .addHelpText('after', examples('cairn htlc preimage --script 63… --json'))
    .action(async (options) => (await load()).showPreimage(options, context))
}
