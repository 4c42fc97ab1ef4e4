import { execFile } from 'node:child_process'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openChainDatabase } from '../../src/platform/node/chain-database.ts'
import { SHUTDOWN_MARK } from '../../src/platform/node/shutdown-mark.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const FULL_DISK = fileURLToPath(new URL('../support/full-disk-main.ts', import.meta.url))

const key = (number: number) => Uint8Array.of(number)
const record = (number: number) => ({ key: key(number), value: new Uint8Array(100).fill(number) })

/** Opens and closes a database that has the records 1 to 3 in its log then. */
async function leaveThree(dataDirectory: string): Promise<void> {
  const { store, close } = await openChainDatabase(dataDirectory)
  for (const number of [1, 2, 3]) await store.batch([record(number)])
  await close()
}

async function lastShutdown(dataDirectory: string): Promise<string> {
  const database = await openChainDatabase(dataDirectory)
  await database.close()
  return database.lastShutdown
}

async function logOf(folder: string): Promise<string> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'))
  expect(logs).toHaveLength(1)
  return logs[0]!
}

describe('how the last process ended', () => {
  it('is told: there was none, it stopped, it crashed', async () => {
    const [path, copy] = [await temporaryDirectory(), await temporaryDirectory()]
    expect(await lastShutdown(path)).toBe('first')
    expect(await lastShutdown(path)).toBe('clean')
    const running = await openChainDatabase(path)
    await running.store.batch([record(1)])
    expect(await readdir(join(path, 'chain'))).not.toContain(SHUTDOWN_MARK)
    await cp(path, copy, { recursive: true })
    await running.close()
    expect(await lastShutdown(copy)).toBe('crashed')
    expect(await lastShutdown(copy)).toBe('clean')
    expect(await lastShutdown(path)).toBe('clean')
  })

  it('is not known where something else has opened the database since', async () => {
    const path = await temporaryDirectory()
    await leaveThree(path)
    const store = await openLevelStore(join(path, 'chain'))
    await store.batch([record(4)])
    await store.close()
    expect(await lastShutdown(path)).toBe('crashed')
  })

  it('leads to a first start where the folder was removed', async () => {
    const path = await temporaryDirectory()
    await leaveThree(path)
    await rm(join(path, 'chain'), { recursive: true })
    expect(await lastShutdown(path)).toBe('first')
  })
})

describe('a log that ends where a record ends', () => {
  it('is damage after a clean stop, and says what to do', async () => {
    const path = await temporaryDirectory()
    await leaveThree(path)
    const folder = join(path, 'chain')
    const log = await logOf(folder)
    const bytes = await readFile(join(folder, log))
    const damage = { code: 'database-damaged', details: { folder, file: log, what: expect.any(String) } }
    for (const kept of [2, 1, 0]) {
      await writeFile(join(folder, log), bytes.subarray(0, (bytes.length / 3) * kept))
      await expect(openChainDatabase(path)).rejects.toMatchObject(damage)
      await expect(openChainDatabase(path)).rejects.toThrow('run `cairn reindex`')
    }
    // Nothing was touched by the refusals: mended, it is what it was.
    await writeFile(join(folder, log), bytes)
    expect(await lastShutdown(path)).toBe('clean')
  })

  it('is the state before the last writes after a crash', async () => {
    const path = await temporaryDirectory()
    await leaveThree(path)
    const folder = join(path, 'chain')
    await rm(join(folder, SHUTDOWN_MARK))
    const log = await logOf(folder)
    const bytes = await readFile(join(folder, log))
    await writeFile(join(folder, log), bytes.subarray(0, (bytes.length / 3) * 2))
    const { store, lastShutdown, close } = await openChainDatabase(path)
    expect(lastShutdown).toBe('crashed')
    expect((await store.getMany([key(1), key(2), key(3)])).map((value) => value?.length)).toEqual([
      100,
      100,
      undefined,
    ])
    await close()
  })
})

describe.runIf(process.platform === 'linux')('a full disk', () => {
  it('stops the writing until there is room; nothing that was acknowledged is lost', async () => {
    const path = await temporaryDirectory()
    // Files of at most 200 blocks of 512 bytes
    const command = ['-c', 'ulimit -S -f 200; exec "$0" "$1" "$2"', process.execPath, FULL_DISK, path]
    const { stdout } = await promisify(execFile)('sh', command)
    const { before, after, refused, readable } = JSON.parse(stdout)
    expect(before.length).toBeGreaterThan(50)
    expect(refused).toEqual(Array(4).fill('store-failed'))
    expect(readable).toBe(before.length)
    expect(after).toHaveLength(100)
    const { store, lastShutdown, close } = await openChainDatabase(path)
    expect(lastShutdown).toBe('clean')
    const written = new Set([...before, ...after])
    for (let number = 1; number <= before.length + 104; number++)
      expect(await store.get(Uint8Array.of(number >> 8, number))).toEqual(
        written.has(number) ? new Uint8Array(1_000).fill(number) : undefined,
      )
    await close()
  })
})

it('a write to a store that is closed fails, and is no failure of the disk', async () => {
  const store = await openLevelStore(await temporaryDirectory())
  await store.close()
  await expect(store.batch([record(1)])).rejects.toMatchObject({ code: 'store-failed' })
  expect(store.failed).toBe(false)
})
