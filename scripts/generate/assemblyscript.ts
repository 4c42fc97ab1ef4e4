import asc from 'assemblyscript/asc'

const ENTRY = 'kernel.ts'
const OPTIONS = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert']

/** Compiles one AssemblyScript module in memory. */
async function compile(source: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main([ENTRY, '--outFile', 'kernel.wasm', ...OPTIONS], {
    readFile: (name: string) => (name === ENTRY ? source : null),
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (contents instanceof Uint8Array) binary = contents
    },
    listFiles: () => [],
  })
  if (error !== null || binary === undefined) throw new Error(`asc: ${stderr.toString()}`, { cause: error })
  return binary
}

const LINE = /.{1,100}/g

/**
 * A TypeScript file that exports a WebAssembly module as text, which works in a worker, in a browser and without a
 * build.
 * @param generator - the file that makes it, for people
 */
export async function wasmAsText(generator: string, name: string, source: string): Promise<string> {
  const lines =
    Buffer.from(await compile(source))
      .toString('base64')
      .match(LINE) ?? []
  return `// Written by ${generator} (npm run generate): do not edit.

/** A WebAssembly module in base64, with line breaks, which \`atob\` skips. */
export const ${name} = \`
${lines.join('\n')}
\`
`
}
