import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from './tree.ts'

/** One use of Node a line. */
const CANARY = [
  "export { readFileSync } from 'node:fs'",
  'export const bytes = Buffer.alloc(1)',
  'export const id = process.pid',
  'export type Timer = NodeJS.Timeout',
  'export const soon = setImmediate',
  "export { join } from 'path'",
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-pure-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What `tsc` says of a project, line by line. */
const typeCheck = (project: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', project, '--pretty', 'false'],
      (error, stdout) => {
        if (error !== null && stdout === '') reject(error)
        else resolve(stdout.split('\n').filter((line) => line !== ''))
      },
    )
  })

describe('the types of the pure rooms', () => {
  it('know nothing of Node, whatever the types of the packages refer to: each use of it is an error', async () => {
    // together with all the rooms and the packages that they import, any of which could bring Node's types in
    await writeFile(join(folder, 'canary.ts'), CANARY.join('\n'))
    const config = { extends: join(ROOT, 'test/arch/tsconfig.pure.json'), files: ['canary.ts'] }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const errors = (await typeCheck(join(folder, 'tsconfig.json'))).filter((line) =>
      line.includes('canary.ts'),
    )
    const caught = errors.map((line) => Number(/canary\.ts\((\d+),/.exec(line)?.[1]))
    expect(new Set(caught)).toEqual(new Set(CANARY.map((_, index) => index + 1)))
  })
})
