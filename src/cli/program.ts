import { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { addApiOptions, addNodeOptions, examples, type ProgramHooks } from './command-options.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { addContracts } from './program-contracts.ts'
import { addCompletion, addConfig, addDoctor, addTop } from './program-inspection.ts'
import { addPeers, addPrivateKey } from './program-peers.ts'
import { addPsbt } from './program-psbt.ts'
import { addSend, addWallet } from './program-wallet.ts'
import { addSettings, addStartOptions } from './settings.ts'

const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 failed, 2 not understood, 3 no answer from the node.`

/** Every command with its options and help. Nothing but this table is loaded until a command is chosen. */
export function createProgram(hooks: ProgramHooks): Command {
  const program = new Command('cairn')
    .description('A node of the Cairn network, and the commands to use one.')
    .version(packageJson.version)
    .showHelpAfterError('(`cairn help <command>` explains the options)')
    .addHelpText('after', EXIT_CODES_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => hooks.context.terminal.print(text.trimEnd()),
      writeErr: (text) => hooks.context.terminal.note(text.trimEnd()),
    })

  // Commands take over the settings that the program has when they are added.

  addStart(program, hooks)
  addQuestions(program, hooks)
  addVerdicts(program, hooks)
  addDatabase(program, hooks)
  addMine(program, hooks)
  addSend(program, hooks)
  addWallet(program, hooks)
  addContracts(program, hooks)
  addPsbt(program, hooks)
  addPrivateKey(program, hooks)
  addConfig(program, hooks)
  addDoctor(program, hooks)
  addCompletion(program, hooks)
  return program
}

function addStart(program: Command, { context, end }: ProgramHooks): void {
  const command = program
    .command('start')
    .summary('run a node until it is stopped')
    .description(
      'Runs a node: finds peers, follows the chain, serves the HTTP API, and mines where told to. ' +
        'Each option may also be given as a variable (in brackets) or in the configuration file: ' +
        'flags come before variables, and these before the file.',
    )
  const givenOptions = addStartOptions(command)
  command
    .addHelpText(
      'after',
      examples(
        'cairn start',
        'cairn start --network dev --mine',
        'cairn start --bootstrap /ip4/192.0.2.1/tcp/9470/p2p/12D3KooW… --data-dir /srv/cairn',
        'CAIRN_LOG_FORMAT=json cairn start --config cairn.json',
      ),
    )
    .action(async () => end(await (await import('./commands/start.ts')).start(givenOptions(), context)))
}

function addQuestions(program: Command, { context, end }: ProgramHooks): void {
  addApiOptions(program.command('status').description('How a node is: its height, peers and mempool.'))
    .addHelpText('after', examples('cairn status', 'cairn status --network dev --json'))
    .action(async (options) => (await import('./commands/status.ts')).status(options, context))

  addTop(program, { context, end })
  addPeers(program, { context, end })

  addApiOptions(program.command('block').description('A block, by its hash or its height.'))
    .argument('<hash|height>')
    .addHelpText('after', examples('cairn block 0', 'cairn block 120 --json'))
    .action(async (id, options) => (await import('./commands/block.ts')).block(id, options, context))

  addApiOptions(program.command('tx').description('A transaction, pending or confirmed.'))
    .argument('<txid>')
    .addHelpText('after', examples('cairn tx 5f4c… --json'))
    .action(async (txid, options) => (await import('./commands/tx.ts')).tx(txid, options, context))
}

function addVerdicts(program: Command, { context }: ProgramHooks): void {
  const load = async () => (await import('./commands/judge.ts')).judge
  addApiOptions(
    program
      .command('invalidate')
      .description('Has the node treat a block as invalid, with all that descends from it.'),
  )
    .argument('<hash>')
    .addHelpText('after', examples('cairn invalidate 00000c1f…'))
    .action(async (hash, options) => (await load())('invalidate', hash, options, context))

  addApiOptions(
    program
      .command('reconsider')
      .description('Takes that back, and any other verdict, from a block, its ancestors and descendants.'),
  )
    .argument('<hash>')
    .addHelpText('after', examples('cairn reconsider 00000c1f…'))
    .action(async (hash, options) => (await load())('reconsider', hash, options, context))
}

/** Settings that a chain's database is made with, and where it is. */
const DATABASE_SETTINGS = ['network', 'dataDir', 'cache', 'indexes.addresses', 'indexes.transactions']

/** Commands about the database of a node that does not run. */
function addDatabase(program: Command, { context, end }: ProgramHooks): void {
  const reindex = program
    .command('reindex')
    .summary('make the database of a stopped node anew from its blocks')
    .description(
      'Makes the database of a node that does not run anew from the blocks that are stored in it, with all checks: ' +
        'where it is damaged, or for other indexes. Needs room for a second one; the old one is removed at the end. ' +
        'Interrupted, it has changed nothing.',
    )
    .option('--config <file>', "the node's configuration file")
    .option('--json', 'one JSON value on standard output')
  const givenFlags = addSettings(reindex, (key) => DATABASE_SETTINGS.includes(key))
  reindex
    .addHelpText('after', examples('cairn reindex --data-dir /srv/cairn', 'cairn reindex --no-address-index'))
    .action(async ({ config, json }: { config?: string; json?: boolean }) => {
      const command = await import('./commands/reindex.ts')
      await command.reindex({ flags: givenFlags(), config, json }, context)
    })

  const verify = program
    .command('verify')
    .summary('check the whole database of a stopped node')
    .description(
      'Checks the whole database of a node that does not run, and says what is wrong with it: files, records, ' +
        'headers, blocks, coins and indexes. The database is only read. Ends with 1 where something is wrong.',
    )
    .option('--signatures', 'verify all signatures, too')
  addNodeOptions(verify)
    .addHelpText('after', examples('cairn verify --data-dir /srv/cairn', 'cairn verify --signatures --json'))
    .action(async (options) => end(await (await import('./commands/verify.ts')).verify(options, context)))
}

function addMine(program: Command, { context }: ProgramHooks): void {
  const command = program
    .command('mine')
    .description('Has the node mine blocks, and waits for them.')
    .option('--blocks <n>', 'how many', '1')
    .option('--address <address>', 'whom to pay (default: the default wallet)')
    .option('--start', 'mine from now on instead, without waiting')
    .option('--stop', 'stop mining instead')
  addApiOptions(command)
    .addHelpText(
      'after',
      examples('cairn mine --network dev --blocks 20', 'cairn mine --start', 'cairn mine --stop'),
    )
    .action(async (options) => (await import('./commands/mine.ts')).mine(options, context))
}

/** What commander ends with on its own: help and the version were asked for, or the line was not understood. */
export const exitCodeOfCommander = (exitCode: number): ExitCode => (exitCode === 0 ? EXIT.ok : EXIT.usage)
