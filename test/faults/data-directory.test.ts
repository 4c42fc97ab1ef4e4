import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { errorCode } from '../../src/base/errors.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { testKey } from '../support/key.ts'
import { type NodeProcess, nodeArguments, runCairn, startNode } from '../support/node-process.ts'
import { createSmallDisk } from '../support/small-disk.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Several processes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 90_000 })

const ADDRESS = addressOf(testKey('miner'))

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** What turns a command into one of a user without any rights; tests run as root as well. */
const NOBODY = 65_534
const unprivileged: readonly string[] =
  process.getuid?.() === 0
    ? ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--']
    : []

/** A folder of that user's. */
async function folderOfNobody(): Promise<string> {
  const above = await temporaryDirectory()
  await chmod(above, 0o755)
  const folder = join(above, 'data')
  await mkdir(folder, { mode: 0o700 })
  if (unprivileged.length > 0) await chown(folder, NOBODY, NOBODY)
  return folder
}

describe('a data directory that a node may not write to', () => {
  it('on a read-only file system is refused, and is as before once it may', async () => {
    const disk = await createSmallDisk(16 * 2 ** 20)
    const options = { dataDirectory: join(disk.path, 'data'), inside: disk.inside }
    const node = await startNode(options)
    const { blocks } = await node.client.generate(ADDRESS, 3)
    await node.stop()
    const remount = (mode: 'ro' | 'rw') => {
      const [command, ...words] = [...disk.inside, 'mount', '-o', `remount,${mode}`, disk.path]
      return promisify(execFile)(command!, words)
    }
    await remount('ro')
    const refused = await runCairn(nodeArguments(options.dataDirectory, options), options)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^cairn: cannot use the data directory .*read-only file system/i)
    await remount('rw')
    expect((await startNode(options)).started.tip).toBe(blocks.at(-1)!.hash)
  })

  it('for want of rights is refused with the folder it is about', async () => {
    const dataDirectory = await folderOfNobody()
    const options = { dataDirectory, inside: unprivileged }
    const node = await startNode(options)
    await node.client.generate(ADDRESS, 3)
    await node.stop()
    const cases = [
      [dataDirectory, 0o000, `cannot use the data directory ${dataDirectory}`],
      [dataDirectory, 0o500, `cannot use the data directory ${dataDirectory}`],
      [join(dataDirectory, 'chain'), 0o000, join(dataDirectory, 'chain')],
      [join(dataDirectory, 'chain'), 0o500, join(dataDirectory, 'chain')],
    ] as const
    for (const [path, mode, message] of cases) {
      const { mode: before } = await stat(path)
      await chmod(path, mode)
      const refused = await runCairn(nodeArguments(dataDirectory, options), options)
      expect(refused, `${path} ${mode.toString(8)}`).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(message),
      })
      expect(refused.stderr).toMatch(/permission denied|EACCES/i)
      expect(refused.stderr).not.toContain('    at ')
      await chmod(path, before & 0o777)
    }
    expect((await startNode(options)).started.height).toBe(3)
  })
})

describe('a data directory that disappears while a node runs', () => {
  async function startAndGenerate() {
    const dataDirectory = join(await temporaryDirectory(), 'data')
    const node = await startNode({ dataDirectory, args: ['--mine-interval', '0.05', '--threads', '1'] })
    await node.client.generate(ADDRESS, 3)
    return { dataDirectory, node }
  }

  /** Blocks are taken until the next one that is to last. */
  const untilRefused = ({ client }: NodeProcess) =>
    eventually('a block is refused', () =>
      client.generate(ADDRESS, 1).then(
        () => false,
        (error) => errorCode(error) !== 'node-unreachable',
      ),
    )

  it('is told of, and not made anew', async () => {
    const { dataDirectory, node } = await startAndGenerate()
    await rm(dataDirectory, { recursive: true })
    await untilRefused(node)
    const { tip } = await node.client.status()
    await node.client.startMining(ADDRESS)
    const failures = () => node.log.filter(({ msg }) => msg === 'mining failed')
    await eventually('mining fails', () => failures().length > 0)
    expect(failures()).toMatchObject([
      {
        error: {
          code: 'store-failed',
          message: `${dataDirectory}/chain has been removed or replaced while the node uses it: nothing is written until it is back; stop the node to begin with what is there now`,
        },
      },
    ])
    expect((await node.client.status()).tip).toEqual(tip)
    expect((await node.client.block('2')).height).toBe(2)
    const { code, stderr } = await node.stop()
    expect(code).toBe(1)
    expect(stderr).toContain('has been removed or replaced')
    expect(await exists(dataDirectory)).toBe(false)
  })

  it('is used again once it is back', async () => {
    const { dataDirectory, node } = await startAndGenerate()
    const elsewhere = join(dirname(dataDirectory), 'elsewhere')
    await rename(dataDirectory, elsewhere)
    await untilRefused(node)
    await rename(elsewhere, dataDirectory)
    const { blocks } = await node.client.generate(ADDRESS, 1)
    expect(await node.stop()).toMatchObject({ code: 0 })
    expect((await startNode({ dataDirectory })).started.tip).toBe(blocks[0]!.hash)
  })
})
