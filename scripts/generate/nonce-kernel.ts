import asc from 'assemblyscript/asc'
import type { Generator } from './generator.ts'
import { nonceKernelSource } from './nonce-kernel-source.ts'

const OUTPUT = 'src/mining/gen/nonce-kernel.ts'
const LINE = /.{1,100}/g

const ENTRY = 'nonce-kernel.ts'
const OPTIONS = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert']

/** Compiles one AssemblyScript module in memory. */
async function compile(source: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main([ENTRY, '--outFile', 'nonce-kernel.wasm', ...OPTIONS], {
    readFile: (name: string) => (name === ENTRY ? source : null),
    writeFile: (_name: string, contents: Uint8Array | string) => {
      if (contents instanceof Uint8Array) binary = contents
    },
    listFiles: () => [],
  })
  if (error !== null || binary === undefined) throw new Error(`asc: ${stderr.toString()}`, { cause: error })
  return binary
}

/** The miner's WebAssembly, as text that works in a worker, in a browser and without a build. */
export const nonceKernel: Generator = {
  name: 'nonce-kernel',
  async outputs() {
    const binary = await compile(nonceKernelSource())
    const lines = Buffer.from(binary).toString('base64').match(LINE) ?? []
    const text = `// Written by scripts/generate/nonce-kernel.ts (npm run generate): do not edit.

/** A WebAssembly module in base64, with line breaks, which \`atob\` skips. */
export const NONCE_KERNEL = \`
${lines.join('\n')}
\`
`
    return new Map([[OUTPUT, text]])
  },
}
