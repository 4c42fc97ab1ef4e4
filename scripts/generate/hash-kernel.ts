import { wasmAsText } from './assemblyscript.ts'
import type { Generator } from './generator.ts'
import { hashKernelSource } from './hash-kernel-source.ts'

const OUTPUT = 'src/primitives/gen/hash-kernel.ts'

/** The WebAssembly that hashes transactions, blocks and merkle trees. */
export const hashKernel: Generator = {
  name: 'hash-kernel',
  outputs: async () =>
    new Map([
      [OUTPUT, await wasmAsText('scripts/generate/hash-kernel.ts', 'HASH_KERNEL', hashKernelSource())],
    ]),
}
