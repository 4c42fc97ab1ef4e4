import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../../base/errors.ts'
import { writeDurableFile } from './durable-file.ts'

const TOKEN_BYTES = 32

export const apiCookiePath = (dataDirectory: string): string => join(dataDirectory, 'api.cookie')

/** Makes the token of this run of the API, in a file that only this user can read (0600). */
export async function writeApiCookie(dataDirectory: string): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('hex')
  await writeDurableFile(apiCookiePath(dataDirectory), token)
  return token
}

/** The token, or undefined where there is none, or none that this user may read. */
export async function readApiCookie(dataDirectory: string): Promise<string | undefined> {
  try {
    return (await readFile(apiCookiePath(dataDirectory), 'utf8')).trim() || undefined
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}

export const removeApiCookie = (dataDirectory: string): Promise<void> =>
  rm(apiCookiePath(dataDirectory), { force: true })
