import type { Command } from 'commander'
import {
  addApiOptions,
  addNodeOptions,
  examples,
  PASSPHRASE_HELP,
  type ProgramHooks,
  passphraseOption,
} from './command-options.ts'
import { addPaymentOptions } from './program-wallet.ts'

const PSBT_HELP = `
A PSBT (BIP174) is given as base64, or as a file that holds its bytes or base64.
`

export function addPsbt(program: Command, { context }: ProgramHooks): void {
  const psbt = program
    .command('psbt')
    .summary('payments that several sign, or that are signed elsewhere')
    .description(
      'Partially signed transactions (BIP174, version 0), as hardware wallets and other tools take them.',
    )
  const load = () => import('./commands/psbt.ts')
  const add = (name: string, description: string) => psbt.command(name).description(description)
  const outOption = (command: Command) => command.option('--out <file>', 'write its bytes to this file')

  addApiOptions(
    outOption(addPaymentOptions(add('create', 'Plans a payment from a wallet, and does not sign it.')))
      .option('--from <wallet>', 'the wallet, which may only watch (default: `default`)')
      .option('--account <n>', 'which account of the wallet', '0'),
  )
    .addHelpText('after', examples('cairn psbt create --from till --to crn1q… --amount 1.5 --out pay.psbt'))
    .action(async (options) => (await load()).createPsbt(options, context))

  addNodeOptions(
    add('show', 'Shows what a PSBT spends, whom it pays, and who has signed.').argument('<psbt>'),
  )
    .addHelpText('after', PSBT_HELP + examples('cairn psbt show pay.psbt', 'cairn psbt show cHNidP8… --json'))
    .action(async (given, options) => (await load()).showPsbt(given, options, context))

  addNodeOptions(
    outOption(add('sign', 'Adds the signatures of a wallet.').argument('<psbt>'))
      .option('--from <wallet>', 'the wallet that signs (default: `default`)')
      .addOption(passphraseOption()),
  )
    .addHelpText(
      'after',
      PSBT_HELP + PASSPHRASE_HELP + examples('cairn psbt sign pay.psbt --out signed.psbt'),
    )
    .action(async (given, options) => (await load()).sign(given, options, context))

  addNodeOptions(
    outOption(add('combine', 'Brings the signatures of several together.').argument('<psbt...>')),
  )
    .addHelpText('after', PSBT_HELP + examples('cairn psbt combine alice.psbt bob.psbt --out both.psbt'))
    .action(async (given, options) => (await load()).combine(given, options, context))

  addNodeOptions(
    add('finalize', 'Verifies the signatures and shows the finished transaction as hex.').argument('<psbt>'),
  )
    .addHelpText('after', PSBT_HELP + examples('cairn psbt finalize both.psbt'))
    .action(async (given, options) => (await load()).finalize(given, options, context))

  addApiOptions(add('send', 'Finalizes a PSBT and hands it to the node.').argument('<psbt>'))
    .addHelpText('after', PSBT_HELP + examples('cairn psbt send both.psbt'))
    .action(async (given, options) => (await load()).sendPsbt(given, options, context))
}
