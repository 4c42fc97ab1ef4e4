import type { CommandNode } from './command-tree.ts'

/** As one word of fish. */
const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`

/** A script for fish. */
export function fishCompletion(nodes: readonly CommandNode[]): string {
  const lines = nodes.flatMap(({ path, candidates, valueOptions }) => {
    const condition = quote(`test "$(__cairn_at)" = "${path}"`)
    return candidates.map(({ word, description }) => {
      const about = description === '' ? '' : ` -d ${quote(description)}`
      if (!word.startsWith('--')) return `complete -c cairn -n ${condition} -f -a ${quote(word)}${about}`
      const value = valueOptions.find((option) => option.word === word)
      const files = value?.kind === 'path' ? ' -r -F' : value === undefined ? ' -f' : ' -x'
      const choices = value && value.choices.length > 0 ? ` -a ${quote(value.choices.join(' '))}` : ''
      return `complete -c cairn -n ${condition} -l ${word.slice(2)}${files}${choices}${about}`
    })
  })
  const commands = nodes.slice(1).map(({ path }) => quote(path))
  return `# fish completion for cairn. To use it: cairn completion fish | source
function __cairn_at
  set -l at cairn
  for word in (commandline -opc)[2..-1]
    if contains -- "$at $word" ${commands.join(' ')}
      set at "$at $word"
    end
  end
  echo $at
end
${lines.join('\n')}`
}
