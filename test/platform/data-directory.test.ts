import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DataDirectory, openDataDirectory } from '../../src/platform/node/data-directory.ts'
import { nodeFilePath, readNodeFile } from '../../src/platform/node/node-file.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const STARTED_AT = Date.UTC(2026, 10, 21)
const HOLDER = fileURLToPath(new URL('../support/hold-data-directory.ts', import.meta.url))

async function open(path: string): Promise<DataDirectory> {
  const directory = await openDataDirectory({ path, network: 'dev', startedAt: STARTED_AT })
  onTestFinished(() => directory.release().catch(() => {}))
  return directory
}

/** Another process that has the directory. */
async function holdElsewhere(path: string) {
  const child = spawn(process.execPath, [HOLDER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return {
    pid: child.pid!,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe('a data directory', () => {
  it('is made for its user alone, with the folders above it', async () => {
    const path = join(await temporaryDirectory(), 'a', 'b')
    await open(path)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect((await stat(nodeFilePath(path))).mode & 0o777).toBe(0o600)
  })

  it('tells who has it from the start, and where its API is once the node has started', async () => {
    const path = await temporaryDirectory()
    const directory = await open(path)
    const own = { pid: process.pid, startedAt: STARTED_AT, network: 'dev' }
    expect(await readNodeFile(path)).toEqual(own)
    await directory.publish({ peerId: '12D3KooW', api: 'http://127.0.0.1:29472' })
    expect(await readNodeFile(path)).toEqual({ ...own, peerId: '12D3KooW', api: 'http://127.0.0.1:29472' })
    await directory.release()
    expect(await readNodeFile(path)).toBeUndefined()
    expect(await readdir(path)).toEqual(['lock'])
  })

  it('refuses a second process by name', async () => {
    const path = await temporaryDirectory()
    const holder = await holdElsewhere(path)
    const since = new Date((await readNodeFile(path))!.startedAt).toISOString()
    await expect(open(path)).rejects.toMatchObject({
      code: 'data-directory-in-use',
      message: `data directory ${path} is in use by process ${holder.pid} (started ${since})`,
      details: { pid: holder.pid },
    })
  })

  it('refuses a second use within one process', async () => {
    const path = await temporaryDirectory()
    await open(path)
    await expect(open(path)).rejects.toMatchObject({ code: 'data-directory-in-use' })
  })

  it('is free again when its process was killed, whatever it left behind', async () => {
    const path = await temporaryDirectory()
    const holder = await holdElsewhere(path)
    await holder.kill()
    expect((await readNodeFile(path))?.pid).toBe(holder.pid)
    await open(path)
    expect((await readNodeFile(path))?.pid).toBe(process.pid)
  })

  it('is free again when it was released', async () => {
    const path = await temporaryDirectory()
    await (await open(path)).release()
    await expect(open(path)).resolves.toBeDefined()
  })

  it('does not blame a process that a leftover file names', async () => {
    const path = await temporaryDirectory()
    await open(path)
    // No process has this id: it is above the kernel's largest.
    await writeFile(
      nodeFilePath(path),
      JSON.stringify({ pid: 2 ** 30, startedAt: STARTED_AT, network: 'dev' }),
    )
    await expect(open(path)).rejects.toThrow(`${path} is in use by another process`)
  })

  it('is refused by path where it is a file', async () => {
    const path = join(await temporaryDirectory(), 'file')
    await writeFile(path, '')
    await expect(open(path)).rejects.toMatchObject({
      code: 'data-directory-unusable',
      message: expect.stringContaining(path),
    })
  })
})

describe('node.json', () => {
  it('that is damaged or foreign counts as missing', async () => {
    const path = await temporaryDirectory()
    for (const text of ['', '{', 'null', '[]', '{"pid":"1"}', '{"pid":-1,"startedAt":1,"network":"dev"}']) {
      await writeFile(nodeFilePath(path), text)
      expect(await readNodeFile(path)).toBeUndefined()
    }
    expect(await readNodeFile(join(path, 'nowhere'))).toBeUndefined()
  })

  it('sends commands to no other machine', async () => {
    const path = await temporaryDirectory()
    const file = { pid: 1, startedAt: 1, network: 'dev', api: 'http://192.0.2.1:80' }
    await writeFile(nodeFilePath(path), JSON.stringify(file))
    expect((await readNodeFile(path))?.api).toBeUndefined()
  })

  it('is not mistaken for one where a folder stands in its place', async () => {
    const path = await temporaryDirectory()
    await mkdir(nodeFilePath(path))
    await expect(readNodeFile(path)).rejects.toMatchObject({ code: 'EISDIR' })
  })
})
