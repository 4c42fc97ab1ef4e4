import { readFile } from 'node:fs/promises'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { equalBytes } from '../../base/bytes.ts'
import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import { writeDurableFile } from './durable-file.ts'

/**
 * The key that a node proves its peer id with, from a file that is made on first use: libp2p's protobuf of an Ed25519
 * private key, readable by its owner only.
 * @throws CairnError `identity-damaged`, `identity-unreadable` or `identity-unwritable`, each of which names the file
 */
export async function loadOrCreateIdentity(path: string): Promise<PrivateKey> {
  const stored = await read(path)
  if (stored !== undefined) return decode(path, stored)
  const key = await generateKeyPair('Ed25519')
  try {
    await writeDurableFile(path, privateKeyToProtobuf(key), { mode: 0o600, exclusive: true })
  } catch (error) {
    throw new CairnError(
      'identity-unwritable',
      `cannot write ${path}: ${errorMessage(error)}`,
      { path },
      error,
    )
  }
  return key
}

async function read(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new CairnError(
      'identity-unreadable',
      `cannot read ${path}: ${errorMessage(error)}`,
      { path },
      error,
    )
  }
}

async function decode(path: string, bytes: Uint8Array): Promise<PrivateKey> {
  try {
    const key = privateKeyFromProtobuf(bytes)
    // Decoding neither compares the two halves of the pair that the file holds, nor minds what is not canonical.
    const probe = new TextEncoder().encode('cairn identity')
    const isPair = await key.publicKey.verify(probe, await key.sign(probe))
    if (key.type === 'Ed25519' && isPair && equalBytes(privateKeyToProtobuf(key), bytes)) return key
  } catch (error) {
    throw damaged(path, error)
  }
  throw damaged(path)
}

const damaged = (path: string, cause?: unknown): CairnError =>
  new CairnError(
    'identity-damaged',
    `the peer key in ${path} is damaged: restore it from a copy, or remove it to get a new peer id`,
    { path },
    cause,
  )
