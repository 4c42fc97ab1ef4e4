import { describe, expect, it } from 'vitest'
import { FLOORS, LONG_FILES, MAX_LINES } from './house.ts'
import { brokenLaws, roomOf } from './laws.ts'
import { readSourceFile } from './source-file.ts'
import { readTree } from './tree.ts'

describe('the house', () => {
  const files = readTree('src', 'protocols', 'web')

  it('keeps its laws', () => {
    expect(brokenLaws(files)).toEqual([])
  })

  it('is read as a whole', () => {
    const rooms = new Set(files.map(({ path }) => roomOf(path)))
    for (const room of Object.keys(FLOORS)) if (room !== 'web') expect(rooms).toContain(room)
    expect(files.length).toBeGreaterThan(100)
  })

  it('lists no long file that is gone or short again', () => {
    const long = files.filter(({ lines }) => lines > MAX_LINES).map(({ path }) => path)
    expect(Object.keys(LONG_FILES).filter((path) => !long.includes(path))).toEqual([])
  })
})

/** What the laws say of made-up files. */
const judge = (path: string, text: string): string[] => brokenLaws([readSourceFile(path, text)])

describe('the laws catch', () => {
  it.each([
    [
      'src/base/x.ts',
      "import { a } from '../primitives/a.ts'",
      'floor 0 and imports src/primitives on floor 1',
    ],
    ['src/base/x.ts', "import type { A } from '../ports/a.ts'", 'src/ports on floor 3'],
    ['src/chain/x.ts', "export { a } from '../mempool/a.ts'\nexport const b = 1", 'src/mempool on floor 6'],
    ['src/chain/x.ts', "export * from '../node/a.ts'\nexport const b = 1", 'src/node on floor 10'],
    ['src/chain/x.ts', "const a = () => import('../network/a.ts')", 'src/network on floor 8'],
    ['src/chain/x.ts', "export type A = import('../network/a.ts').A", 'src/network on floor 8'],
    ['src/mining/x.ts', "export const u = new URL('../platform/w.ts', import.meta.url)", 'src/platform'],
    ['src/network/x.ts', "import { a } from '#platform'", 'src/platform on floor 9'],
    ['src/storage/deep/er/x.ts', "import { a } from '../../../chain/a.ts'", 'src/chain on floor 5'],
    ['src/ports/x.ts', "import { a } from '../../protocols/a.ts'", 'protocols on floor 7'],
  ])('an import of a higher floor: %s %s', (path, text, why) => {
    expect(judge(path, text)).toEqual([expect.stringContaining(why)])
  })

  it.each([
    ['src/mempool/x.ts', "import { a } from '../wallet/a.ts'"],
    ['src/wallet/x.ts', "import { a } from '../mining/a.ts'"],
    ['src/script/x.ts', "import { a } from '../consensus/a.ts'"],
    ['src/api/x.ts', "import { a } from '../cli/a.ts'"],
    ['src/cli/x.ts', "import { a } from '../api/views.ts'"],
  ])('an import of a neighbour: %s %s', (path, text) => {
    expect(judge(path, text)).toEqual([expect.stringContaining('its neighbour on floor')])
  })

  it.each([
    ['src/mining/x.ts', "import { a } from '../chain/a.ts'"],
    ['src/wallet/x.ts', "import type { A } from '../chain/a.ts'"],
    ['src/network/x.ts', "import { a } from '../chain/a.ts'"],
    ['src/network/x.ts', "import { a } from '../mempool/a.ts'"],
    ['src/api/x.ts', "import { a } from '../chain/a.ts'"],
    ['src/api/routes/x.ts', "import { a } from '../../mempool/a.ts'"],
    ['protocols/sync/x.ts', "import { a } from '../../src/chain/a.ts'"],
  ])('an import past the ports: %s %s', (path, text) => {
    expect(judge(path, text)).toEqual([expect.stringContaining('it goes through src/ports')])
  })

  it.each([
    ['src/base/x.ts', "import fs from 'node:fs'"],
    ['src/wallet/x.ts', "import { readFile } from 'fs/promises'"],
    ['src/network/x.ts', "const a = await import('node:timers')"],
    ['protocols/sync/x.ts', "import type { Socket } from 'net'"],
  ])('Node below the platform: %s %s', (path, text) => {
    expect(judge(path, text)).toEqual([expect.stringContaining('Node belongs to src/platform')])
  })

  it.each([
    ['protocols/sync/x.ts', "import type { Stream } from '@libp2p/interface'"],
    ['src/node/x.ts', "import { createLibp2p } from 'libp2p'"],
    ['src/cli/x.ts', "import { LevelDatastore } from 'datastore-level'"],
    ['src/ports/x.ts', "import { gossipsub } from '@chainsafe/libp2p-gossipsub'"],
    ['src/api/x.ts', "import { Uint8ArrayList } from 'uint8arraylist'"],
  ])('libp2p outside of its rooms: %s %s', (path, text) => {
    expect(judge(path, text)).toEqual([expect.stringContaining('libp2p stays in')])
  })

  it('a package that a pure room does not list', () => {
    expect(judge('src/primitives/x.ts', "import { z } from 'zod'")).toEqual([
      expect.stringContaining('lists the packages'),
    ])
    expect(judge('src/mempool/x.ts', "import pino from 'pino'")).toHaveLength(1)
    expect(judge('src/cli/x.ts', "import { z } from 'zod'")).toEqual([])
  })

  it.each([
    'Date.now()',
    "Date['now']()",
    'globalThis.Date.now()',
    'new Date()',
    'Date()',
    'performance.now()',
    'globalThis.performance.now()',
    'Math.random()',
    'setTimeout(() => {}, 1)',
    'globalThis.setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'setImmediate(() => {})',
    'queueMicrotask(() => {})',
    'AbortSignal.timeout(5)',
    'crypto.getRandomValues(new Uint8Array(1))',
    'globalThis.crypto.randomUUID()',
    'process.exit()',
    '({ process })',
    'Buffer.alloc(1)',
    'null as unknown as Buffer',
    'null as unknown as NodeJS.Timeout',
    "console.log('x')",
    "fetch('http://x')",
    "new WebSocket('ws://x')",
    '(() => eval)()',
  ])('an impure global below the platform: %s', (expression) => {
    for (const path of ['src/base/x.ts', 'src/wallet/x.ts', 'protocols/hello/x.ts', 'src/network/x.ts'])
      expect(judge(path, `export const x = ${expression}`)).toContainEqual(
        expect.stringContaining('are arguments below src/platform'),
      )
    expect(judge('src/platform/node/x.ts', `export const x = ${expression}`)).toEqual([])
  })

  it('chance from a package below the platform', () => {
    expect(judge('src/wallet/x.ts', "import { randomBytes } from '@noble/hashes/utils.js'")).toEqual([
      expect.stringContaining('chance is an argument'),
    ])
  })

  it.each([
    'export async function x() {}',
    'export const x = async () => 1',
    'export class X { async x() {} }',
    'export const x = (): Promise<void> => y',
    'export const x = Promise.resolve()',
    'export type X = Promise<string>',
    'export {}\nfor await (const x of []) {}',
    'await 1',
  ])('waiting in a room that computes: %s', (text) => {
    for (const room of ['primitives', 'script', 'consensus'])
      expect(judge(`src/${room}/x.ts`, text)).toContainEqual(expect.stringContaining('without waiting'))
    expect(judge('src/storage/x.ts', text)).toEqual([])
  })

  it('barrels', () => {
    expect(judge('src/chain/index.ts', 'export const x = 1')).toEqual([expect.stringContaining('index.ts')])
    expect(judge('src/chain/chain-room.ts', "export * from './a.ts'\nexport { b } from './b.ts'")).toEqual([
      expect.stringContaining('barrel'),
    ])
    expect(judge('src/platform/node/index.ts', "export * from './clock.ts'")).toEqual([])
    expect(judge('src/chain/x.ts', "export { a } from './a.ts'\nexport const b = 1")).toEqual([])
  })

  it.each(['utils.ts', 'util.ts', 'chain-utils.ts', 'utils-of-x.ts'])('a file named %s', (name) => {
    expect(judge(`src/chain/${name}`, 'export const x = 1')).toEqual([expect.stringContaining('named utils')])
  })

  it.each(['headerTree.ts', 'HeaderTree.ts', 'header_tree.ts'])(
    'a name that is not in kebab-case: %s',
    (name) => {
      expect(judge(`src/chain/${name}`, 'export const x = 1')).toEqual([
        expect.stringContaining('kebab-case'),
      ])
    },
  )

  it('a file of more than 300 lines that is not listed', () => {
    expect(judge('src/chain/x.ts', 'export {}\n'.repeat(300))).toEqual([])
    expect(judge('src/chain/x.ts', 'export {}\n'.repeat(301))).toEqual([expect.stringContaining('301 lines')])
    expect(judge('src/mining/gen/x.ts', 'export {}\n'.repeat(301))).toEqual([])
  })

  it('a folder that is no room', () => {
    expect(judge('src/helpers/x.ts', 'export const x = 1')).toEqual([expect.stringContaining('no room')])
    expect(judge('src/x.ts', 'export const x = 1')).toHaveLength(1)
    expect(judge('src/base/x.ts', "import json from '../../package.json'")).toHaveLength(1)
    expect(judge('src/node/x.ts', "import { a } from '../../scripts/a.ts'")).toEqual([
      expect.stringContaining('no room'),
    ])
  })

  it('an import without its extension, or of something computed', () => {
    expect(judge('src/chain/x.ts', "import { a } from './a'")).toEqual([expect.stringContaining('extension')])
    expect(judge('src/chain/x.ts', 'export const x = (a: string) => import(a)')).toEqual([
      expect.stringContaining('computes at run time'),
    ])
  })
})

describe('the laws leave alone', () => {
  it.each([
    ['src/wallet/x.ts', "import { a } from '../script/a.ts'\nimport { b } from './b.ts'"],
    ['src/consensus/x.ts', "import { a } from '../script/a.ts'"],
    ['src/cli/x.ts', "import type { A } from '../client/views.ts'"],
    ['src/node/x.ts', "import { a } from '../chain/a.ts'\nimport { b } from '#platform'"],
    ['src/cli/x.ts', "import json from '../../package.json' with { type: 'json' }"],
    ['src/network/x.ts', "import { createLibp2p } from 'libp2p'"],
    ['src/base/x.ts', 'export const iso = (ms: number) => new Date(ms).toISOString()'],
    ['src/base/x.ts', 'export const x = (clock: { now(): number }) => clock.now()'],
    ['src/base/x.ts', 'export interface X { process: string; setTimeout(): void; console?: 1 }'],
    ['src/base/x.ts', 'export const x = (y: { process: () => void }) => y.process()'],
    ['src/base/x.ts', 'export const x = { console: 1, performance: 2 }'],
    ['src/base/x.ts', 'export function x(process: (job: number) => void) { process(1) }'],
    ['src/base/x.ts', 'export type X = (process: string) => void'],
    ['src/base/x.ts', "// Date.now() in a comment\nexport const x = 'Date.now() in a text'"],
    ['src/network/x.ts', "export const x = (b: ArrayBuffer) => crypto.subtle.digest('SHA-256', b)"],
  ])('%s %s', (path, text) => {
    expect(judge(path, text)).toEqual([])
  })
})
