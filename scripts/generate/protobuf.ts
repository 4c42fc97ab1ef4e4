import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Generator } from './generator.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TARGET = 'protocols/gen'

const run = promisify(execFile)
const tool = (path: string): string => join(ROOT, 'node_modules', path)

/** What `buf` is told: one plugin, whose js and d.ts run unbuilt under Node's type stripping. */
const template = (out: string): string =>
  JSON.stringify({
    version: 'v2',
    plugins: [
      {
        local: [process.execPath, tool('@bufbuild/protoc-gen-es/bin/protoc-gen-es')],
        out,
        opt: ['target=js+dts', 'import_extension=js'],
      },
    ],
  })

/** The messages of every `.proto` in `protocols/`, as path (from the repository's root) to contents. */
async function outputs(): Promise<Map<string, string>> {
  const out = await mkdtemp(join(tmpdir(), 'cairn-protobuf-'))
  try {
    const buf = tool('@bufbuild/buf/bin/buf')
    await run(process.execPath, [buf, 'generate', 'protocols', '--template', template(out)], { cwd: ROOT })
    const files = new Map<string, string>()
    for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      files.set(`${TARGET}${path.slice(out.length).replaceAll('\\', '/')}`, await readFile(path, 'utf8'))
    }
    return files
  } finally {
    await rm(out, { recursive: true })
  }
}

/** Generates `protocols/gen/` from the schemas beside the protocols' specs. */
export const protobuf: Generator = { name: 'protobuf', outputs }
