import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { flipped } from '../support/database-copy.ts'
import { nodeArguments, runCairn, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

it('a node tells how the last one ended, and does not start on a damaged database', async () => {
  const dataDirectory = join(await temporaryDirectory(), 'data')
  const opened = async (stopBy: NodeJS.Signals) => {
    const node = await startNode({ dataDirectory })
    await node.stop(stopBy)
    const { level, lastShutdown } = node.log.find(({ msg }) => msg === 'database opened')!
    return { level, lastShutdown }
  }
  expect(await opened('SIGTERM')).toEqual({ level: 'info', lastShutdown: 'first' })
  expect(await opened('SIGKILL')).toEqual({ level: 'info', lastShutdown: 'clean' })
  expect(await opened('SIGTERM')).toEqual({ level: 'warn', lastShutdown: 'crashed' })

  const folder = join(dataDirectory, 'chain')
  const table = (await readdir(folder)).find((name) => name.endsWith('.ldb'))!
  const contents = new Uint8Array(await readFile(join(folder, table)))
  await writeFile(join(folder, table), flipped(contents, 100))
  const { code, stderr } = await runCairn(nodeArguments(dataDirectory))
  expect(code).toBe(1)
  expect(stderr).toContain(
    `cairn: the database is damaged (${join(folder, table)}: the block at byte 0 does not match its checksum): run \`cairn reindex\`\n`,
  )
  expect(await readFile(join(folder, table))).toEqual(Buffer.from(flipped(contents, 100)))
})
