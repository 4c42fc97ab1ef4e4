import { open } from 'node:fs/promises'
import { base64 } from '@scure/base'
import { concatBytes } from '../base/bytes.ts'
import { CairnError, errorCode, errorMessage } from '../base/errors.ts'
import { writeDurableFile } from '../platform/node/durable-file.ts'
import { MAX_PSBT_BYTES, type PartialTransaction, parsePsbt } from '../wallet/psbt.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './failure.ts'

/** BIP174: how every PSBT begins. */
const MAGIC = Uint8Array.of(0x70, 0x73, 0x62, 0x74, 0xff)
const BASE64_MAGIC = 'cHNidP'

/** A PSBT that was given as base64, or as the name of a file that holds it as bytes or base64. */
export async function readPsbt(
  given: string,
  { machine }: Pick<CommandContext, 'machine'>,
): Promise<PartialTransaction> {
  if (given.startsWith(BASE64_MAGIC)) return parsePsbt(fromBase64(given))
  const path = machine.resolvePath(machine.workingDirectory, given)
  const bytes = await readBounded(path)
  const isBinary = MAGIC.every((byte, at) => bytes[at] === byte)
  return parsePsbt(isBinary ? bytes : fromBase64(new TextDecoder().decode(bytes)))
}

function fromBase64(text: string): Uint8Array {
  try {
    return base64.decode(text.replaceAll(/\s/g, ''))
  } catch {
    throw new CairnError('psbt-invalid', 'neither a PSBT nor one as base64')
  }
}

/** base64 takes a third more than the bytes. */
const MAX_FILE_BYTES = 2 * MAX_PSBT_BYTES

async function readBounded(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    await using file = await open(path, 'r')
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MAX_FILE_BYTES) throw new CairnError('psbt-invalid', `${path} is too long for a PSBT`)
    }
    return concatBytes(...chunks)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error instanceof CairnError ? error : unreadable(path, error)
    throw new UsageError(`${JSON.stringify(path)} is neither a PSBT as base64 nor a file`)
  }
}

const unreadable = (path: string, error: unknown): CairnError =>
  new CairnError('file-unreadable', `cannot read ${path}: ${errorMessage(error)}`, { path }, error)

/** As people and other tools pass it on. */
export const psbtText = ({ bytes }: PartialTransaction): string => base64.encode(bytes)

/** Writes BIP174's bytes to a file for its owner alone. */
export async function writePsbt(
  { bytes }: PartialTransaction,
  file: string,
  { machine }: Pick<CommandContext, 'machine'>,
): Promise<string> {
  const path = machine.resolvePath(machine.workingDirectory, file)
  await writeDurableFile(path, bytes)
  return path
}
