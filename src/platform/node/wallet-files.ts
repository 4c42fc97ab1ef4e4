import { link, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import { encodeKeystore, type Keystore, MAX_KEYSTORE_BYTES, parseKeystore } from '../../wallet/keystore.ts'
import { encodeNotes, MAX_NOTES_BYTES, NO_NOTES, parseNotes, type WalletNotes } from '../../wallet/notes.ts'
import { makePrivateFolder, syncFolder, writeDurableFile } from './durable-file.ts'

/**
 * The wallets of a data directory: `wallets/<name>.json`, and `wallets/<name>.notes` with labels and payments; mode 0600,
 * in a folder of mode 0700.
 */
export interface WalletFiles {
  /** Names in alphabetical order; empty where there is no folder yet. */
  list(): Promise<string[]>
  /** @throws CairnError `wallet-not-found` with the names that there are; or `parseKeystore`'s errors */
  load(name: string): Promise<Keystore>
  /** Makes a new file, on disk for good once it resolves. @throws CairnError `wallet-exists`: nothing is overwritten */
  create(name: string, keystore: Keystore): Promise<void>
  /** Replaces a file, atomically. @throws CairnError `wallet-not-found` */
  save(name: string, keystore: Keystore): Promise<void>
  /** None where nothing was noted yet. @throws CairnError `wallet-notes-invalid` */
  loadNotes(name: string): Promise<WalletNotes>
  /** Replaces the notes, atomically. */
  saveNotes(name: string, notes: WalletNotes): Promise<void>
  /** Gives a wallet another name. @throws CairnError `wallet-not-found`, `wallet-exists` */
  rename(name: string, to: string): Promise<void>
  /** Where the wallet's file is, or would be. @throws CairnError `wallet-name-invalid` */
  path(name: string): string
}

// Lower-case, since file systems that ignore case would take `A` and `a` for one wallet.
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/
const SUFFIX = '.json'
const NOTES_SUFFIX = '.notes'

function checkName(name: string): void {
  if (!NAME.test(name))
    throw new CairnError(
      'wallet-name-invalid',
      'a wallet name has 1 to 64 lower-case letters, digits, hyphens and underscores, and begins with a letter or digit',
      { name },
    )
}

const failed = (what: string, path: string, error: unknown): CairnError =>
  new CairnError('wallet-file-failed', `${what} ${path}: ${errorMessage(error)}`, { path }, error)

async function readBounded(path: string, limit: number): Promise<string> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const bytes = Buffer.alloc(Math.min(size, limit) + 1)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  // one byte too many is enough for the parser to refuse the file
  return bytes.toString('utf8', 0, length)
}

async function moveNotes(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Inert: the folder is made with the first wallet. Every method throws `wallet-file-failed` where the disk does. */
export function createWalletFiles(dataDirectory: string): WalletFiles {
  const folder = join(dataDirectory, 'wallets')

  const path = (name: string): string => {
    checkName(name)
    return join(folder, `${name}${SUFFIX}`)
  }

  const notesPath = (name: string): string => {
    checkName(name)
    return join(folder, `${name}${NOTES_SUFFIX}`)
  }

  async function list(): Promise<string[]> {
    try {
      const entries = await readdir(folder, { withFileTypes: true })
      return entries
        .filter((entry) => !entry.isDirectory() && entry.name.endsWith(SUFFIX))
        .map((entry) => entry.name.slice(0, -SUFFIX.length))
        .filter((name) => NAME.test(name))
        .sort()
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []
      throw failed('cannot list', folder, error)
    }
  }

  async function notFound(name: string): Promise<CairnError> {
    const available = await list()
    const others = available.length === 0 ? 'there is none yet' : `there is ${available.join(', ')}`
    return new CairnError('wallet-not-found', `no wallet named ${name}: ${others}`, { name, available })
  }

  async function load(name: string): Promise<Keystore> {
    const file = path(name)
    let text: string
    try {
      text = await readBounded(file, MAX_KEYSTORE_BYTES)
    } catch (error) {
      throw errorCode(error) === 'ENOENT' ? await notFound(name) : failed('cannot read', file, error)
    }
    return parseKeystore(text)
  }

  const exists = (name: string, file: string): CairnError =>
    new CairnError('wallet-exists', `there is a wallet named ${name} already: ${file}`, { name, path: file })

  return {
    list,
    load,
    path,
    async create(name, keystore) {
      const file = path(name)
      try {
        await makePrivateFolder(folder)
      } catch (error) {
        throw failed('cannot make the folder for', file, error)
      }
      try {
        await writeDurableFile(file, encodeKeystore(keystore), { exclusive: true })
      } catch (error) {
        if (errorCode(error) === 'EEXIST') throw exists(name, file)
        throw failed('cannot write', file, error)
      }
    },
    async save(name, keystore) {
      const file = path(name)
      if (!(await list()).includes(name)) throw await notFound(name)
      try {
        await writeDurableFile(file, encodeKeystore(keystore))
      } catch (error) {
        throw failed('cannot write', file, error)
      }
    },
    async loadNotes(name) {
      const file = notesPath(name)
      let text: string
      try {
        text = await readBounded(file, MAX_NOTES_BYTES)
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return NO_NOTES
        throw failed('cannot read', file, error)
      }
      return parseNotes(text)
    },
    async saveNotes(name, notes) {
      const file = notesPath(name)
      try {
        await writeDurableFile(file, encodeNotes(notes))
      } catch (error) {
        throw failed('cannot write', file, error)
      }
    },
    async rename(name, to) {
      const [from, file] = [path(name), path(to)]
      try {
        // a link, unlike a rename, never replaces what is there
        await link(from, file)
        await moveNotes(notesPath(name), notesPath(to))
        await rm(from)
        await syncFolder(folder)
      } catch (error) {
        if (errorCode(error) === 'EEXIST') throw exists(to, file)
        throw errorCode(error) === 'ENOENT' ? await notFound(name) : failed('cannot rename', from, error)
      }
    },
  }
}
