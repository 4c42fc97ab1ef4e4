import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadOrCreateIdentity } from '../../src/platform/node/identity.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const path = async (): Promise<string> => join(await temporaryDirectory(), 'identity')

describe('identity', () => {
  it('is made on first use, for its owner only, and the same ever after', async () => {
    const file = await path()
    const made = await loadOrCreateIdentity(file)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const loaded = await loadOrCreateIdentity(file)
    expect(loaded.equals(made)).toBe(true)
  })

  it('differs from node to node', async () => {
    const [one, other] = [await loadOrCreateIdentity(await path()), await loadOrCreateIdentity(await path())]
    expect(one.equals(other)).toBe(false)
  })

  it('refuses a damaged file by name, and leaves it as it is', async () => {
    const file = await path()
    await loadOrCreateIdentity(file)
    const intact = await readFile(file)
    const damages: [string, Uint8Array][] = [
      ['empty', new Uint8Array(0)],
      ['cut short', intact.subarray(0, -1)],
      ['of another format', Buffer.from('-----BEGIN PRIVATE KEY-----')],
    ]
    for (let at = 0; at < intact.length; at += 5) {
      const flipped = Uint8Array.from(intact)
      flipped[at]! ^= 1
      damages.push([`flipped at ${at}`, flipped])
    }
    for (const [what, damaged] of damages) {
      await writeFile(file, damaged)
      await expect(loadOrCreateIdentity(file), what).rejects.toMatchObject({
        code: 'identity-damaged',
        message: expect.stringContaining(file),
      })
      expect(await readFile(file)).toEqual(Buffer.from(damaged))
    }
  })

  it('names the file that it cannot read or write', async () => {
    const folder = await temporaryDirectory()
    await expect(loadOrCreateIdentity(folder)).rejects.toMatchObject({
      code: 'identity-unreadable',
      message: expect.stringContaining(folder),
    })
    const missing = join(folder, 'no', 'such', 'folder')
    await expect(loadOrCreateIdentity(missing)).rejects.toMatchObject({
      code: 'identity-unwritable',
      message: expect.stringContaining(missing),
    })
  })
})
