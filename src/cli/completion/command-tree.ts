import { type Command, Help, type Option } from 'commander'

/** A word that can stand next, and what it is. */
export interface Candidate {
  readonly word: string
  readonly description: string
}

/** An option that takes a value. */
export interface ValueOption {
  readonly word: string
  /** `path` where a file or folder can follow */
  readonly kind: 'path' | 'text'
  /** the values that there are, if they are few */
  readonly choices: readonly string[]
}

/** One command, named by all words that lead to it: `cairn wallet create`. */
export interface CommandNode {
  readonly path: string
  readonly candidates: readonly Candidate[]
  readonly valueOptions: readonly ValueOption[]
}

const NETWORKS = ['main', 'test', 'dev'] as const

/** Longer ones do not fit beside the words: characters. */
const MAX_DESCRIPTION = 70

/** Every command of a program, the program itself first. */
export function commandTree(program: Command): CommandNode[] {
  const help = new Help()
  const nodes: CommandNode[] = []
  const visit = (command: Command, path: string): void => {
    const children = help.visibleCommands(command)
    const options = help.visibleOptions(command)
    const subcommands = children.map((child) => ({ word: child.name(), description: summaryOf(child) }))
    nodes.push({
      path,
      candidates: [
        ...subcommands,
        ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
          argChoices.map((word) => ({ word, description: '' })),
        ),
        ...options.map((option) => ({ word: wordOf(option), description: shorten(option.description) })),
      ],
      valueOptions: options.filter((option) => option.required || option.optional).map(valueOption),
    })
    // commander's own, which explains any of its siblings.
    for (const child of children)
      if (child.name() === 'help')
        nodes.push({
          path: `${path} help`,
          candidates: subcommands.filter(({ word }) => word !== 'help'),
          valueOptions: [],
        })
      else visit(child, `${path} ${child.name()}`)
  }
  visit(program, program.name())
  return nodes
}

const wordOf = ({ long, short }: Option): string => long ?? short ?? ''

function valueOption(option: Option): ValueOption {
  const value = /[<[](.+)[>\]]/.exec(option.flags)?.[1] ?? ''
  const isPath = /file|folder/.test(value)
  const choices = option.argChoices ?? (value === 'name|file' ? NETWORKS : [])
  return { word: wordOf(option), kind: isPath ? 'path' : 'text', choices }
}

const summaryOf = (command: Command): string => shorten(command.summary() || command.description())

/** The first clause. */
function shorten(text: string): string {
  const clause = text.split(/[.;:(]|, /, 1)[0]!.trim()
  return clause.length > MAX_DESCRIPTION ? `${clause.slice(0, MAX_DESCRIPTION - 1)}…` : clause
}
