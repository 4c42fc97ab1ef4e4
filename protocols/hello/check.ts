import { OK, type Result } from '../../src/base/result.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { type WireFault, wireFault } from '../wire-fault.ts'
import type { Hello } from './codec.ts'
import { HELLO_VERSION } from './protocol.ts'

/** Whether two nodes can go on after the other one's hello. */
export function checkHello(hello: Hello, genesis: BlockHash): Result<undefined, WireFault> {
  // The protocol id holds only the first 8 digits of the genesis hash: the whole of it decides.
  if (hello.genesis !== genesis) return wireFault('genesis-different', { genesis: hello.genesis })
  // Later versions are backward compatible, or they take another protocol id.
  if (hello.version < HELLO_VERSION) return wireFault('version-unsupported', { version: hello.version })
  return OK
}
