import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../base/errors.ts'
import type { Result } from '../../base/result.ts'

/** Bytes that are read and summed at a time, whole blocks of a log: less than a millisecond of the event loop. */
const CHUNK_BYTES = 2 ** 19

/** Carries what is wrong with a file to whoever asked for the check, and no further. */
export class Damage extends Error {
  readonly file: string

  constructor(file: string, what: string) {
    super(what)
    this.file = file
  }
}

/** The value; where something is wrong with the file, that is thrown as damage. */
export function must<T>(file: string, result: Result<T, string>): T {
  if (!result.ok) throw new Damage(file, result.error)
  return result.value
}

/** One file, open for reading; whatever is missing in it is damage. */
export interface DatabaseFile extends AsyncDisposable {
  readonly name: string
  /** bytes */
  readonly size: number
  readAt(offset: number, length: number): Promise<Uint8Array>
  /** Hands out the bytes from one offset to another in chunks, each of them valid until the next. */
  scan(from: number, to: number, use: (bytes: Uint8Array, last: boolean) => void): Promise<void>
}

/** The files of a folder, which are only read. */
export class DatabaseFolder {
  /** bytes that have been read */
  bytesRead = 0
  readonly #path: string
  readonly #signal: AbortSignal | undefined
  readonly #chunk = new Uint8Array(CHUNK_BYTES)

  constructor(path: string, signal: AbortSignal | undefined) {
    this.#path = path
    this.#signal = signal
  }

  /** None where there is no such folder. */
  async names(): Promise<string[]> {
    try {
      return await readdir(this.#path)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw error
    }
  }

  async open(name: string): Promise<DatabaseFile> {
    this.#signal?.throwIfAborted()
    let handle: FileHandle
    try {
      handle = await open(join(this.#path, name))
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw new Damage(name, 'it is missing')
      throw error
    }
    const fill = async (bytes: Uint8Array, offset: number): Promise<void> => {
      for (let at = 0; at < bytes.length; ) {
        this.#signal?.throwIfAborted()
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, offset + at)
        if (bytesRead === 0) throw new Damage(name, 'it ends early')
        at += bytesRead
        this.bytesRead += bytesRead
      }
    }
    return {
      name,
      size: (await handle.stat()).size,
      async readAt(offset, length) {
        const bytes = new Uint8Array(length)
        await fill(bytes, offset)
        return bytes
      },
      scan: async (from, to, use) => {
        for (let at = from; at < to; at += CHUNK_BYTES) {
          const bytes = this.#chunk.subarray(0, Math.min(to - at, CHUNK_BYTES))
          await fill(bytes, at)
          use(bytes, at + bytes.length === to)
        }
      },
      [Symbol.asyncDispose]: () => handle.close(),
    }
  }
}
