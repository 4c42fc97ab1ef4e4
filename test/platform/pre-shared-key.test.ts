import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPreSharedKey, readPreSharedKey } from '../../src/platform/node/pre-shared-key.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const path = async (): Promise<string> => join(await temporaryDirectory(), 'swarm.key')
const DIGITS = 'dffb7e3135399a8b1612b2aaca1c36a3a8ac2cd0cca51ceeb2ced87d308cac6d'

describe('pre-shared key', () => {
  it('is read as it was made, without a word', async () => {
    const file = await path()
    await createPreSharedKey(file)
    const { logger, lines } = createRecordingLogger()
    const key = await readPreSharedKey(file, logger)
    expect(new TextDecoder().decode(key)).toBe((await readFile(file, 'utf8')).trim())
    expect(lines).toEqual([])
  })

  it('is read from files of other programs, with other line ends and capitals', async () => {
    const file = await path()
    await writeFile(file, `/key/swarm/psk/1.0.0/\r\n/base16/\r\n${DIGITS.toUpperCase()}\r\n`, { mode: 0o600 })
    const key = await readPreSharedKey(file, createRecordingLogger().logger)
    expect(new TextDecoder().decode(key)).toBe(`/key/swarm/psk/1.0.0/\n/base16/\n${DIGITS}`)
  })

  it('that others can read is taken, and told of', async () => {
    const file = await path()
    await createPreSharedKey(file)
    await chmod(file, 0o644)
    const { logger, lines } = createRecordingLogger()
    await readPreSharedKey(file, logger)
    expect(lines).toMatchObject([{ level: 'warn', fields: { path: file } }])
  })

  it.for([
    ['empty', ''],
    ['too short', `/key/swarm/psk/1.0.0/\n/base16/\n${DIGITS.slice(2)}\n`],
    ['too long', `/key/swarm/psk/1.0.0/\n/base16/\n${DIGITS}00\n`],
    ['of another encoding', `/key/swarm/psk/1.0.0/\n/base64/\n${DIGITS}\n`],
    ['no key', 'x'.repeat(10_000)],
  ] as const)('that is %s is refused by name', async ([, text]) => {
    const file = await path()
    await writeFile(file, text, { mode: 0o600 })
    await expect(readPreSharedKey(file, createRecordingLogger().logger)).rejects.toMatchObject({
      code: 'private-key-malformed',
      message: expect.stringContaining(file),
    })
  })

  it('that is missing is refused by name', async () => {
    const file = await path()
    await expect(readPreSharedKey(file, createRecordingLogger().logger)).rejects.toMatchObject({
      code: 'private-key-unreadable',
      message: expect.stringContaining(file),
    })
    await expect(createPreSharedKey(join(file, 'deeper'))).rejects.toMatchObject({
      code: 'private-key-unwritable',
    })
  })
})
