import type { CommandNode } from './command-tree.ts'
import { pathCases, quote, valueCases } from './shell-words.ts'

/** A script for bash, from 3.2 on. File names are bash's own default where nothing is offered. */
export function bashCompletion(nodes: readonly CommandNode[]): string {
  const words = nodes.map(
    ({ path, candidates }) =>
      `    ${quote(path)}) words=${quote(candidates.map(({ word }) => word).join(' '))} ;;`,
  )
  const values = valueCases(nodes).map(
    ({ patterns, choices }) => `    ${patterns}) words=${quote(choices.join(' '))} ;;`,
  )
  return `# bash completion for cairn. To use it: source <(cairn completion bash)
_cairn() {
  local current="\${COMP_WORDS[COMP_CWORD]}" at=cairn words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${pathCases(nodes)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
    *) case "$at" in
${words.join('\n')}
    esac ;;
  esac
  while IFS='' read -r i; do COMPREPLY+=("$i"); done < <(compgen -W "$words" -- "$current")
}
complete -o default -F _cairn cairn`
}
