import type { Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { type CommandNode, commandTree } from '../completion/command-tree.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { CommandContext } from '../context.ts'
import type { Shell } from '../program-inspection.ts'

const SCRIPTS: Readonly<Record<Shell, (nodes: readonly CommandNode[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** `cairn completion <shell>` */
export function completion(shell: Shell, program: Command, { terminal }: CommandContext): void {
  terminal.print(SCRIPTS[shell](commandTree(program)))
}
