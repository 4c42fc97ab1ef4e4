import { posix } from 'node:path'
import { CairnError } from '../../src/base/errors.ts'
import type { Machine } from '../../src/ports/machine.ts'

/** A machine with these files and variables, and nothing else. */
export function fakeMachine(
  overrides: Partial<Machine> & { readonly files?: Readonly<Record<string, unknown>> } = {},
): Machine {
  const { files = {}, ...rest } = overrides
  return {
    environment: {},
    homeDirectory: '/home/ada',
    workingDirectory: '/work',
    interactive: false,
    processors: 4,
    resolvePath: (base, path) => posix.resolve(base, path),
    parentDirectory: (path) => posix.dirname(path),
    async readTextFile(path) {
      const content = files[path]
      if (content === undefined) throw new CairnError('file-unreadable', 'it does not exist', { path })
      return typeof content === 'string' ? content : JSON.stringify(content)
    },
    ...rest,
  }
}
