import { open } from 'node:fs/promises'
import { availableParallelism, homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import type { Machine } from '../../ports/machine.ts'

/** The machine and the process that we run in. */
export function createMachine(): Machine {
  return {
    environment: process.env,
    homeDirectory: homedir(),
    workingDirectory: process.cwd(),
    interactive: process.stdout.isTTY === true,
    processors: availableParallelism(),
    resolvePath: (base, path) => resolve(base, path),
    parentDirectory: (path) => dirname(path),
    readTextFile,
  }
}

async function readTextFile(path: string, maxBytes: number): Promise<string> {
  try {
    await using file = await open(path, 'r')
    const bytes = Buffer.alloc(maxBytes + 1)
    let length = 0
    // The size that a file states is no bound: a pipe states none.
    while (length <= maxBytes) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      if (bytesRead === 0) return bytes.toString('utf8', 0, length)
      length += bytesRead
    }
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'it does not exist' : errorMessage(error)
    throw new CairnError('file-unreadable', why, { path }, error)
  }
  throw new CairnError('file-too-large', `it has more than ${maxBytes} bytes`, { path })
}
