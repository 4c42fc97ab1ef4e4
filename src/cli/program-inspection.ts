import { Argument, type Command } from 'commander'
import { addApiOptions, examples, type ProgramHooks } from './command-options.ts'
import { addStartOptions } from './settings.ts'

const JSON_HELP = 'one JSON value on standard output'

/** Watches a node. */
export function addTop(program: Command, { context }: ProgramHooks): void {
  const top = program
    .command('top')
    .summary('a live view of a node')
    .description(
      'A live view of a node that fills the screen: chain, peers, mempool and mining. q or Ctrl-C leaves. Where the ' +
        'output is no terminal, or with --json, it shows one moment.',
    )
  addApiOptions(top)
    .addHelpText('after', examples('cairn top', 'cairn top --network dev', 'cairn top --json'))
    .action(async (options) => (await import('./commands/top.ts')).top(options, context))
}

/** Shows what a node would be told. */
export function addConfig(program: Command, { context }: ProgramHooks): void {
  const config = program.command('config').description("A node's configuration.")
  const print = config
    .command('print')
    .description(
      'Shows every setting of a node with its value and where that is from: a flag, a variable, the configuration ' +
        'file, the data directory or the default. Takes the options of `start`; secrets are not shown.',
    )
    .option('--json', JSON_HELP)
  const givenOptions = addStartOptions(print)
  print
    .addHelpText(
      'after',
      examples(
        'cairn config print',
        'cairn config print --network dev --threads 2',
        'cairn config print --json',
      ),
    )
    .action(async ({ json }: { json?: boolean }) =>
      (await import('./commands/config.ts')).printConfig({ ...givenOptions(), json }, context),
    )
}

/** Looks for what keeps a node from running well. */
export function addDoctor(program: Command, { context, end }: ProgramHooks): void {
  const doctor = program
    .command('doctor')
    .summary('check what a node needs, and say what to do')
    .description(
      'Checks what a node needs: its data directory, ports, clock, peers, secret files and Node itself, and the node ' +
        'where one runs. Takes the options of `start`. Nothing is changed. Ends with 1 where there is a problem.',
    )
    .option('--json', JSON_HELP)
  const givenOptions = addStartOptions(doctor)
  doctor
    .addHelpText(
      'after',
      examples('cairn doctor', 'cairn doctor --data-dir /srv/cairn', 'cairn doctor --network dev --json'),
    )
    .action(async ({ json }: { json?: boolean }) =>
      end(await (await import('./commands/doctor.ts')).doctor({ ...givenOptions(), json }, context)),
    )
}

const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Has shells complete what is typed. */
export function addCompletion(program: Command, { context }: ProgramHooks): void {
  program
    .command('completion')
    .summary('print a script that has a shell complete commands and options')
    .description(
      'Prints a script that has a shell complete the commands and options of `cairn`: source it, or keep it where the ' +
        'shell looks for such files.',
    )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'source <(cairn completion bash)',
        'cairn completion zsh > ~/.zsh/completions/_cairn',
        'cairn completion fish > ~/.config/fish/completions/cairn.fish',
      ),
    )
    .action(async (shell: Shell) =>
      (await import('./commands/completion.ts')).completion(shell, program, context),
    )
}
