import { toHex } from '../base/bytes.ts'
import type { ChainView } from '../ports/chain.ts'
import { decodeAddress } from '../script/address.ts'
import type { WantedScripts } from './coins.ts'
import { ApiProblem } from './problem.ts'

/** The output script of an address of the node's network; refuses others with the address's own error code. */
export function requireScript({ parameters }: ChainView, address: string): Uint8Array {
  const script = decodeAddress(address, parameters.prefix)
  if (!script.ok)
    throw new ApiProblem(400, script.error.code, `${address}: ${script.error.message}`, { address })
  return script.value
}

/** The scripts of addresses, each once; refuses as `requireScript`. */
export const wantedScripts = (chain: ChainView, addresses: readonly string[]): WantedScripts =>
  new Map(
    addresses.map((address) => {
      const scriptPubKey = requireScript(chain, address)
      return [toHex(scriptPubKey), { address, scriptPubKey }]
    }),
  )
