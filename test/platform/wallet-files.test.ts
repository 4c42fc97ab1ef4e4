import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWalletFiles } from '../../src/platform/node/wallet-files.ts'
import { encodeKeystore, MAX_KEYSTORE_BYTES } from '../../src/wallet/keystore.ts'
import { createWallet } from '../../src/wallet/new-wallet.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { DEV_NETWORK } from '../wallet/support.ts'

const random = createSeededRandom('wallet files')
const newKeystore = async () => {
  const { wallet } = await createWallet({ network: DEV_NETWORK, passphrase: '', createdAt: 1 }, { random })
  return wallet.keystore()
}
const keystore = await newKeystore()

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-wallets-'))
})
afterEach(() => rm(directory, { recursive: true }))

const rejection = (code: string) => expect.objectContaining({ code })

describe('wallet files', () => {
  it('give back what was put in, under its name', async () => {
    const files = createWalletFiles(directory)
    expect(await files.list()).toEqual([])
    await files.create('savings', keystore)
    await files.create('default', keystore)
    expect(await files.list()).toEqual(['default', 'savings'])
    expect(await files.load('savings')).toEqual(keystore)
  })

  it('are for their owner alone, even where the folder was open before', async () => {
    await mkdir(join(directory, 'wallets'))
    await chmod(join(directory, 'wallets'), 0o755)
    const files = createWalletFiles(directory)
    await files.create('a', keystore)
    await files.save('a', keystore)
    expect((await stat(files.path('a'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(directory, 'wallets'))).mode & 0o777).toBe(0o700)
  })

  it('are never overwritten by a new wallet', async () => {
    const files = createWalletFiles(directory)
    await files.create('a', keystore)
    await expect(files.create('a', await newKeystore())).rejects.toEqual(rejection('wallet-exists'))
    expect(await files.load('a')).toEqual(keystore)
  })

  it('are made once where two processes make the same one at once', async () => {
    const files = createWalletFiles(directory)
    const made = await Promise.allSettled(Array.from({ length: 8 }, () => files.create('a', keystore)))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('are replaced as a whole and leave nothing behind', async () => {
    const files = createWalletFiles(directory)
    await files.create('a', keystore)
    const later = { ...keystore, gapLimit: 50 }
    await Promise.all([files.save('a', later), files.save('a', later), files.load('a')])
    expect(await files.load('a')).toEqual(later)
    expect(await readdir(join(directory, 'wallets'))).toEqual(['a.json'])
    expect(await readFile(files.path('a'), 'utf8')).toBe(encodeKeystore(later))
  })

  it('change their names, over none that is there', async () => {
    const files = createWalletFiles(directory)
    await files.create('a', keystore)
    await files.create('b', await newKeystore())
    await expect(files.rename('a', 'b')).rejects.toEqual(rejection('wallet-exists'))
    await expect(files.rename('none', 'c')).rejects.toEqual(rejection('wallet-not-found'))
    await expect(files.rename('a', '../c')).rejects.toEqual(rejection('wallet-name-invalid'))
    await files.rename('a', 'c')
    expect(await files.list()).toEqual(['b', 'c'])
    expect(await files.load('c')).toEqual(keystore)
    expect((await stat(files.path('c'))).mode & 0o777).toBe(0o600)
  })

  it('are not made by saving', async () => {
    await expect(createWalletFiles(directory).save('a', keystore)).rejects.toEqual(
      rejection('wallet-not-found'),
    )
  })

  it('say which there are where one is missing', async () => {
    const files = createWalletFiles(directory)
    await files.create('here', keystore)
    await expect(files.load('there')).rejects.toMatchObject({
      code: 'wallet-not-found',
      details: { available: ['here'] },
    })
  })

  it.each(['', '.', '..', '../a', 'a/b', 'a\\b', 'A', 'a.json', '-a', 'a b', 'a\0', 'é', 'a'.repeat(65)])(
    'refuse the name %j',
    async (name) => {
      const files = createWalletFiles(directory)
      expect(() => files.path(name)).toThrow(rejection('wallet-name-invalid'))
      await expect(files.create(name, keystore)).rejects.toEqual(rejection('wallet-name-invalid'))
      await expect(files.load(name)).rejects.toEqual(rejection('wallet-name-invalid'))
    },
  )

  it('read no more of a file than a wallet can have', async () => {
    const files = createWalletFiles(directory)
    await files.create('a', keystore)
    await writeFile(files.path('a'), ' '.repeat(10 * MAX_KEYSTORE_BYTES))
    await expect(files.load('a')).rejects.toEqual(rejection('wallet-file-invalid'))
  })

  it('list only what can be a wallet', async () => {
    const files = createWalletFiles(directory)
    await files.create('a', keystore)
    for (const name of ['b.json.123.tmp', 'notes.txt', 'B.json', '.json'])
      await writeFile(join(directory, 'wallets', name), '')
    await mkdir(join(directory, 'wallets', 'folder.json'))
    expect(await files.list()).toEqual(['a'])
  })

  it('name the file where the disk fails', async () => {
    await writeFile(join(directory, 'wallets'), 'not a folder')
    const files = createWalletFiles(directory)
    await expect(files.create('a', keystore)).rejects.toMatchObject({
      code: 'wallet-file-failed',
      details: { path: files.path('a') },
    })
  })
})
