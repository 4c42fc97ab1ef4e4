import { wasmAsText } from './assemblyscript.ts'
import type { Generator } from './generator.ts'
import { nonceKernelSource } from './nonce-kernel-source.ts'

const OUTPUT = 'src/mining/gen/nonce-kernel.ts'

/** The miner's WebAssembly. */
export const nonceKernel: Generator = {
  name: 'nonce-kernel',
  outputs: async () =>
    new Map([
      [OUTPUT, await wasmAsText('scripts/generate/nonce-kernel.ts', 'NONCE_KERNEL', nonceKernelSource())],
    ]),
}
