import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../base/errors.ts'
import { writeDurableFile } from './durable-file.ts'

/** What `node.json` in a data directory says of the process that uses it. */
export interface NodeFile {
  readonly pid: number
  /** Unix time in milliseconds */
  readonly startedAt: number
  readonly network: string
  /** undefined until the node has started */
  readonly peerId?: string
  /** URL of its HTTP API; undefined until the node has started, and where the API is off */
  readonly api?: string
}

export const nodeFilePath = (dataDirectory: string): string => join(dataDirectory, 'node.json')

/** What the file says, or undefined where it is missing or not one of ours. It may be left from a killed process. */
export async function readNodeFile(dataDirectory: string): Promise<NodeFile | undefined> {
  try {
    return nodeFileOf(JSON.parse(await readFile(nodeFilePath(dataDirectory), 'utf8')))
  } catch (error) {
    const code = errorCode(error)
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function nodeFileOf(json: unknown): NodeFile | undefined {
  const { pid, startedAt, network, peerId, api } = (json ?? {}) as Record<string, unknown>
  if (!Number.isSafeInteger(pid) || (pid as number) < 1) return undefined
  if (!Number.isSafeInteger(startedAt) || typeof network !== 'string') return undefined
  return {
    pid: pid as number,
    startedAt: startedAt as number,
    network,
    ...(typeof peerId === 'string' ? { peerId } : {}),
    ...(typeof api === 'string' && /^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(api) ? { api } : {}),
  }
}

/** Readers see the old file or the new one, never a part. */
export const writeNodeFile = (dataDirectory: string, file: NodeFile): Promise<void> =>
  writeDurableFile(nodeFilePath(dataDirectory), `${JSON.stringify(file, undefined, 2)}\n`)

export const removeNodeFile = (dataDirectory: string): Promise<void> =>
  rm(nodeFilePath(dataDirectory), { force: true })

/** Whether a process with this id runs on this machine, whoever it is. */
export function isProcessRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is one, but not ours to signal.
    return errorCode(error) === 'EPERM'
  }
}
