import { open } from 'node:fs/promises'
import { generateKey } from '@libp2p/pnet'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import type { Logger } from '../../ports/logger.ts'
import { writeDurableFile } from './durable-file.ts'

/** libp2p's swarm key, as IPFS has it: two lines that say what it is, and 32 bytes as hex. */
const FORMAT = /^\/key\/swarm\/psk\/1\.0\.0\/\r?\n\/base16\/\r?\n([0-9a-fA-F]{64})\s*$/
const KEY_FILE_BYTES = 95
/** Line ends may be longer. */
const MAX_FILE_BYTES = 256
const OTHERS_MAY_READ = 0o077

/**
 * The key of a private network from its file, in libp2p's format; a file that others can read is told of in the log.
 * @throws CairnError `private-key-unreadable` or `private-key-malformed`, which name the file
 */
export async function readPreSharedKey(path: string, logger: Logger): Promise<Uint8Array> {
  const { text, mode } = await read(path)
  const digits = FORMAT.exec(text)?.[1]
  if (digits === undefined)
    throw new CairnError(
      'private-key-malformed',
      `${path} is no key of a private network: it has to be three lines, /key/swarm/psk/1.0.0/, /base16/ and 64 hex digits`,
      { path },
    )
  if ((mode & OTHERS_MAY_READ) !== 0 && process.platform !== 'win32')
    logger.warn('private network key can be read by others, make it 0600', { path })
  return new TextEncoder().encode(`/key/swarm/psk/1.0.0/\n/base16/\n${digits.toLowerCase()}`)
}

async function read(path: string): Promise<{ text: string; mode: number }> {
  try {
    await using file = await open(path, 'r')
    const bytes = Buffer.alloc(MAX_FILE_BYTES)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return { text: bytes.toString('latin1', 0, bytesRead), mode: (await file.stat()).mode }
  } catch (error) {
    throw new CairnError(
      'private-key-unreadable',
      `cannot read the key of the private network in ${path}: ${errorMessage(error)}`,
      { path },
      error,
    )
  }
}

/**
 * Makes the key of a new private network, readable by its owner only.
 * @throws CairnError `private-key-exists` or `private-key-unwritable`, which name the file
 */
export async function createPreSharedKey(path: string): Promise<void> {
  const bytes = new Uint8Array(KEY_FILE_BYTES)
  generateKey(bytes)
  try {
    await writeDurableFile(path, Buffer.concat([bytes, Buffer.from('\n')]), { mode: 0o600, exclusive: true })
  } catch (error) {
    throw errorCode(error) === 'EEXIST'
      ? new CairnError(
          'private-key-exists',
          `${path} is there already, and is left as it is`,
          { path },
          error,
        )
      : new CairnError(
          'private-key-unwritable',
          `cannot write ${path}: ${errorMessage(error)}`,
          { path },
          error,
        )
  }
}
