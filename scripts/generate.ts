/**
 * Writes all generated code: `node scripts/generate.ts`. With `--check` nothing is written; the run fails and names
 * the files that are out of date.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { errorCode } from '../src/base/errors.ts'
import { clientTypes } from './generate/client-types.ts'
import type { Generator } from './generate/generator.ts'
import { hashKernel } from './generate/hash-kernel.ts'
import { nonceKernel } from './generate/nonce-kernel.ts'
import { openapi } from './generate/openapi.ts'
import { protobuf } from './generate/protobuf.ts'
import { rulesTable } from './generate/rules-table.ts'

// A new generator joins by a line here.
const GENERATORS: readonly Generator[] = [nonceKernel, hashKernel, protobuf, rulesTable, openapi, clientTypes]

const ROOT = fileURLToPath(new URL('..', import.meta.url))

async function current(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(ROOT, path), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function write(path: string, contents: string): Promise<void> {
  const file = join(ROOT, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, contents)
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const stale: string[] = []
for (const generator of GENERATORS) {
  for (const [path, contents] of await generator.outputs()) {
    if ((await current(path)) === contents) continue
    stale.push(path)
    if (!values.check) await write(path, contents)
  }
}

if (values.check) {
  for (const path of stale) console.error(`out of date: ${path} (npm run generate)`)
  if (stale.length > 0) process.exitCode = 1
} else {
  console.log(
    stale.length === 0 ? 'everything is up to date' : stale.map((path) => `wrote ${path}`).join('\n'),
  )
}
