import { toHex } from '../../base/bytes.ts'
import { hash160, sha256 } from '../../primitives/hash.ts'
import type { Transaction, TxInput } from '../../primitives/transaction.ts'
import { p2wpkhScript, p2wshScript } from '../../script/templates.ts'

const PUBLIC_KEY_BYTES = 33

/**
 * The output scripts, as hex, that a transaction pays to or spends from. What it spends from follows from its witnesses,
 * without the coins: the key or the script whose hash the coin's script holds is the last item (BIP141).
 */
export function touchedScripts({ inputs, outputs }: Pick<Transaction, 'inputs' | 'outputs'>): Set<string> {
  const scripts = new Set(outputs.map(({ scriptPubKey }) => toHex(scriptPubKey)))
  for (const input of inputs) for (const script of spentScripts(input)) scripts.add(toHex(script))
  return scripts
}

function spentScripts({ witness }: TxInput): Uint8Array[] {
  const last = witness.at(-1)
  if (last === undefined) return []
  const asScript = p2wshScript(sha256(last))
  // Two items, of which the last has a key's length, may be either.
  const mayBeKey = witness.length === 2 && last.length === PUBLIC_KEY_BYTES
  return mayBeKey ? [p2wpkhScript(hash160(last)), asScript] : [asScript]
}
