import { createPreSharedKey } from '../../platform/node/pre-shared-key.ts'
import type { CommandContext } from '../context.ts'
import { printJson } from '../table.ts'

/** `cairn private-key` */
export async function privateKey(
  file: string,
  { json }: { readonly json?: boolean },
  { machine, terminal }: CommandContext,
): Promise<void> {
  const path = machine.resolvePath(machine.workingDirectory, file)
  await createPreSharedKey(path)
  if (json) return printJson(terminal, { file: path })
  terminal.print(`${path} is the key of a new private network: give a copy to each of its nodes`)
}
