import { readFile, stat } from 'node:fs/promises'
import { CairnError, errorCode } from '../../base/errors.ts'
import type { RecordFile } from '../../ports/record-file.ts'
import { writeDurableFile } from './durable-file.ts'

/** A record as a file, mode 0600. */
export const createRecordFile = (path: string): RecordFile => ({
  async read(maxBytes) {
    try {
      const { size } = await stat(path)
      if (size > maxBytes)
        throw new CairnError('record-too-large', `${path} has ${size} bytes, more than ${maxBytes}`, {
          path,
          size,
        })
      return await readFile(path)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    }
  },
  write: (bytes) => writeDurableFile(path, bytes),
})
