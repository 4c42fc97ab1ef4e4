import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { isProcessRunning, readNodeFile } from '../../src/platform/node/node-file.ts'
import { eventually } from '../support/eventually.ts'
import { nodeArguments } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

it('SIGTERM to `npm start` stops the node, not npm alone', async () => {
  const dataDirectory = await temporaryDirectory()
  const args = nodeArguments(dataDirectory, {}).filter((arg) => arg !== 'start')
  const npm = spawn('npm', ['start', '--', ...args], { cwd: ROOT, stdio: 'ignore' })
  const ended = once(npm, 'exit')
  let pid: number | undefined
  onTestFinished(() => {
    npm.kill('SIGKILL')
    if (pid !== undefined && isProcessRunning(pid)) process.kill(pid, 'SIGKILL')
  })
  await eventually('the node has started', async () => {
    const file = await readNodeFile(dataDirectory)
    pid = file?.pid
    return file?.api !== undefined
  })
  npm.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(isProcessRunning(pid!)).toBe(false)
  expect(await readNodeFile(dataDirectory)).toBeUndefined()
})
