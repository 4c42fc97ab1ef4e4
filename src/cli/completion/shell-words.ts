import type { CommandNode, ValueOption } from './command-tree.ts'

/** As one word of a POSIX shell, of bash or of zsh. */
export const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A pattern of all commands below the program itself. */
export const pathCases = (nodes: readonly CommandNode[]): string =>
  nodes
    .slice(1)
    .map(({ path }) => quote(path))
    .join(' | ')

/** What can follow the options of a kind. */
export interface ValueCase extends Pick<ValueOption, 'kind' | 'choices'> {
  /** a pattern of command and option */
  readonly patterns: string
}

/** Options that take a value, those of one kind together. */
export function valueCases(nodes: readonly CommandNode[]): ValueCase[] {
  const byKind = new Map<string, ValueOption & { readonly patterns: string[] }>()
  for (const { path, valueOptions } of nodes)
    for (const option of valueOptions) {
      const key = [option.kind, ...option.choices].join(' ')
      const known = byKind.get(key) ?? { ...option, patterns: [] }
      byKind.set(key, known)
      known.patterns.push(quote(`${path} ${option.word}`))
    }
  return [...byKind.values()].map(({ kind, choices, patterns }) => ({
    kind,
    choices,
    patterns: patterns.join(' | '),
  }))
}
