import type { Candidate, CommandNode } from './command-tree.ts'
import { pathCases, quote, valueCases } from './shell-words.ts'

/** A script for zsh: to be sourced after `compinit`, or a file `_cairn` in `fpath`. */
export function zshCompletion(nodes: readonly CommandNode[]): string {
  const words = nodes.map(
    ({ path, candidates }) => `    (${quote(path)}) choices=(${candidates.map(described).join(' ')}) ;;`,
  )
  const values = valueCases(nodes).map(({ patterns, kind, choices }) => {
    const offers = [
      ...(choices.length > 0 ? [`compadd -- ${choices.map(quote).join(' ')}`] : []),
      ...(kind === 'path' ? ['_files'] : []),
    ]
    return `    (${patterns}) ${[...offers, 'return'].join('; ')} ;;`
  })
  return `#compdef cairn
# zsh completion for cairn. To use it: source <(cairn completion zsh)
_cairn() {
  local at=cairn
  local -i i
  local -a choices
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      (${pathCases(nodes)}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  _describe cairn choices || _files
}
if [[ "\${funcstack[1]}" == _cairn ]]; then _cairn "$@"; else compdef _cairn cairn; fi`
}

/** As `_describe` reads it. */
const described = ({ word, description }: Candidate): string =>
  quote(description === '' ? word : `${word.replaceAll(':', String.raw`\:`)}:${description}`)
