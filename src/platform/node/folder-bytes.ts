import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../base/errors.ts'

/** The sum of the sizes of a folder's files, without folders in it; one that goes meanwhile counts for nothing. */
export async function folderBytes(path: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(path)).map(async (name) => {
      try {
        const file = await stat(join(path, name))
        return file.isFile() ? file.size : 0
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return 0
        throw error
      }
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
