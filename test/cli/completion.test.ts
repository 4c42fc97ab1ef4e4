import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Command } from 'commander'
import { beforeAll, describe, expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { cairn } from '../support/cli.ts'

/** Each command by the words that lead to it, straight from commander. */
function allCommands(command: Command, path: readonly string[] = []): [string[], Command][] {
  return [
    [[...path], command],
    ...command.commands.flatMap((child) => allCommands(child, [...path, child.name()])),
  ]
}
const COMMANDS = allCommands(createProgram({ context: undefined as never, end: () => {} }))

let script: string
beforeAll(async () => {
  script = (await cairn(['completion', 'bash'])).out
})

/** What bash offers after each of these lines, whose last word is the one that is being typed. */
async function offered(lines: readonly (readonly string[])[]): Promise<string[][]> {
  const asked = lines.map(
    (line) =>
      `COMP_WORDS=(cairn ${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length}; _cairn; echo "\${COMPREPLY[*]}"`,
  )
  const text = `set -eu\n${script}\ncomplete -p cairn >&2\n${asked.join('\n')}`
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', text])
  expect(stderr).toBe('complete -o default -F _cairn cairn\n')
  return stdout
    .split('\n')
    .slice(0, lines.length)
    .map((line) => line.split(' ').filter((word) => word !== ''))
}

describe('completion in bash', () => {
  it('offers the subcommands and options of every command', async () => {
    const offers = await offered(COMMANDS.map(([path]) => [...path, '']))
    expect(COMMANDS.length).toBeGreaterThan(40)
    for (const [at, [path, command]] of COMMANDS.entries()) {
      const wanted = [
        ...command.commands.map((child) => child.name()),
        ...command.options.map(({ long }) => long!),
        '--help',
      ]
      expect([path, offers[at]]).toEqual([path, expect.arrayContaining(wanted)])
    }
  })

  it('offers what begins as the word that is being typed', async () => {
    expect(
      await offered([
        ['sta'],
        ['wallet', 'exp'],
        ['wallet', 'create', '--passphrase-f'],
        ['help', 'doc'],
        ['completion', ''],
        ['status', '--json', '--ap'],
        ['nothing', 'ren'],
      ]),
    ).toEqual([
      ['start', 'status'],
      ['export'],
      ['--passphrase-file'],
      ['doctor'],
      ['bash', 'zsh', 'fish', '--help'],
      ['--api'],
      [],
    ])
  })

  it('offers networks after --network, and leaves files and other values to bash', async () => {
    expect(
      await offered([
        ['start', '--network', ''],
        ['start', '--network', 'd'],
        ['status', '--data-dir', ''],
        ['mine', '--blocks', ''],
      ]),
    ).toEqual([['main', 'test', 'dev'], ['dev'], [], []])
  })
})

describe('completion in zsh and fish', () => {
  it.each(['zsh', 'fish'])('names every command and every option: %s', async (shell) => {
    const { code, out } = await cairn(['completion', shell])
    expect(code).toBe(0)
    for (const [path, command] of COMMANDS) {
      expect(out).toContain(['cairn', ...path].join(' '))
      for (const { long } of command.options)
        expect(out).toContain(shell === 'fish' ? ` -l ${long!.slice(2)} ` : `'${long}:`)
    }
  })

  it('is for no other shell', async () => {
    expect(await cairn(['completion', 'csh'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('bash, zsh, fish'),
    })
  })
})
