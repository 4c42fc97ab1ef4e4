import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readSourceFile, type SourceFile } from './source-file.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The TypeScript files of some folders, parsed; paths from the root, in order. */
export function readTree(...folders: readonly string[]): SourceFile[] {
  return globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: ROOT },
  )
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.endsWith('.d.ts') && !path.includes('node_modules/'))
    .sort()
    .map((path) => readSourceFile(path, readFileSync(`${ROOT}${path}`, 'utf8')))
}
