import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { createNamespace } from './namespace.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A disk of its own that can be filled up. */
export interface SmallDisk {
  /** where processes find it that run inside */
  readonly path: string
  /** the words in front of a command that is to run inside */
  readonly inside: readonly string[]
  /** where this process finds it */
  readonly here: string
  /** Leaves at most so many bytes free. */
  fill(leave?: number): Promise<void>
  /** Takes what fills it away again. */
  empty(): Promise<void>
}

/**
 * Mounts a file system in memory that nobody else sees, in a mount namespace that lasts until the test ends.
 *
 * Rejects where the system does not allow it, as it does to root and, on most Linux systems, to everyone: a test that
 * needs a full disk fails then, and says why, rather than pass without having tested anything.
 */
export async function createSmallDisk(bytes: number): Promise<SmallDisk> {
  const path = join(await temporaryDirectory(), 'disk')
  await mkdir(path)
  const mount = 'mount -t tmpfs -o size="$1",mode=0700 tmpfs "$0"'
  const { pid, inside } = await createNamespace('mount', 'mount', mount, path, String(bytes))
  const here = join(`/proc/${pid}/root`, path)
  const filler = join(here, 'filler')
  return {
    path,
    inside,
    here,
    async fill(leave = 0) {
      await using file = await open(filler, 'a')
      for (;;) {
        const { bavail, bsize } = await statfs(here)
        const excess = bavail * bsize - leave
        if (excess <= 0) return
        try {
          await file.writeFile(new Uint8Array(Math.min(excess, 2 ** 20)))
        } catch (error) {
          // Somebody else has taken it.
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
    },
    empty: () => rm(filler, { force: true }),
  }
}
