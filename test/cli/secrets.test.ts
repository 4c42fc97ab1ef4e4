import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../../src/cli/context.ts'
import { createProgram } from '../../src/cli/program.ts'
import { ABANDON } from '../wallet/support.ts'
import { createUser } from './wallet-user.ts'

const SECRET = /passphrase|words|mnemonic|seed|preimage|secret|private/

function* commandsOf(command: Command): Iterable<Command> {
  yield command
  for (const each of command.commands) yield* commandsOf(each)
}

const program = createProgram({ context: {} as CommandContext, end: () => {} })

describe('secrets', () => {
  it('are never arguments: an option about one asks for it, or names a file', () => {
    const options = [...commandsOf(program)].flatMap(({ options: each }) => each)
    const secret = options.filter(({ long }) => SECRET.test(long ?? ''))
    expect(secret.length).toBeGreaterThan(10)
    for (const option of secret) {
      // how many words, not which
      if (option.flags === '--words <12|24>') continue
      expect(option.isBoolean() || option.flags.endsWith('<file>'), option.flags).toBe(true)
    }
  })

  it('stand in no message of a command that fails', async () => {
    const { run } = await createUser()
    const words = ABANDON.replace('about', 'absurd')
    const passphrase = 'correct horse battery'
    const attempts = [
      await run('wallet import a', { secrets: [words, passphrase] }),
      await run('wallet import a --bip39-passphrase', { secrets: [ABANDON, passphrase.repeat(20), ''] }),
      await run('wallet import a --words-file /nowhere', { secrets: [passphrase] }),
      await run('wallet create a --bip39-passphrase-file /nowhere', { secrets: [passphrase] }),
    ]
    for (const { code, out, notes } of attempts) {
      expect([code, out]).toEqual([1, ''])
      expect(notes).not.toMatch(/abandon|absurd|correct|battery/)
    }
    expect((await run('wallet list')).out).toBe('')
  })
})

describe('the commands of the wallet', () => {
  it('have help with examples, and answer as JSON', () => {
    const wanted = ['send', 'wallet', 'multisig', 'vault', 'htlc', 'psbt']
    const leaves = [...commandsOf(program)].filter(
      (command) => command.commands.length === 0 && wanted.includes(rootOf(command)),
    )
    expect(leaves.length).toBeGreaterThan(25)
    for (const command of leaves) {
      expect(command.description(), command.name()).not.toBe('')
      expect(command.options.some(({ long }) => long === '--json')).toBe(true)
      let help = ''
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
      expect(help, command.name()).toContain('Examples:')
    }
  })
})

function rootOf(command: Command): string {
  const { parent } = command
  return parent === null || parent.parent === null ? command.name() : rootOf(parent)
}
