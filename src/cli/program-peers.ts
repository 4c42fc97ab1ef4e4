import type { Command } from 'commander'
import { addApiOptions, examples, type ProgramHooks } from './command-options.ts'

/** Commands about the peers of a node. */
export function addPeers(program: Command, { context }: ProgramHooks): void {
  const peers = program
    .command('peers')
    .description('The peers that a node is connected to, or those that it refuses.')
    .option('--banned', 'those that are banned, for how much longer, and why')
  addApiOptions(peers)
    .addHelpText('after', examples('cairn peers', 'cairn peers | cut -f 1', 'cairn peers --banned --json'))
    .action(async (options) => (await import('./commands/peers.ts')).peers(options, context))

  const ban = program
    .command('ban')
    .description('Has the node hang up on a peer and refuse it for a time, also over a restart.')
    .argument('<peer>', "the peer's id")
    .option('--for <duration>', 'such as 90s, 30m, 24h, 7d or 2w', '24h')
    .option('--reason <text>', 'why, for `cairn peers --banned`')
  addApiOptions(ban)
    .addHelpText(
      'after',
      examples('cairn ban 12D3KooW…', 'cairn ban 12D3KooW… --for 7d --reason "floods us"'),
    )
    .action(async (peer, options) => (await import('./commands/ban.ts')).ban(peer, options, context))

  addApiOptions(
    program
      .command('unban')
      .description("Ends a peer's ban, and forgets its faults.")
      .argument('<peer>', "the peer's id"),
  )
    .addHelpText('after', examples('cairn unban 12D3KooW…'))
    .action(async (peer, options) => (await import('./commands/ban.ts')).unban(peer, options, context))
}

/** Makes the key that `start --private-key-file` takes. */
export function addPrivateKey(program: Command, { context }: ProgramHooks): void {
  program
    .command('private-key')
    .description(
      "Makes the key of a new private network, in libp2p's format, readable by its owner only. Nodes that are " +
        'started with it (--private-key-file) connect to each other and to nobody else.',
    )
    .argument('<file>', 'where to; nothing is overwritten')
    .option('--json', 'one JSON value on standard output')
    .addHelpText('after', examples('cairn private-key swarm.key', 'cairn start --private-key-file swarm.key'))
    .action(async (file, options) =>
      (await import('./commands/private-key.ts')).privateKey(file, options, context),
    )
}
