import { toHex } from '../../src/base/bytes.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Signatures } from '../../src/ports/signatures.ts'
import { verificationsOf } from '../../src/script/signature-batch.ts'
import { checkHolds, type SignatureCheck, type VerifySignature } from '../../src/script/signature-check.ts'

/** What one verification takes a node of its virtual time. */
const VERIFY_MS = 0.04
/** Verdicts that are remembered, at least. */
const REMEMBERED = 50_000

/** One verifier for all nodes: what one of them has verified is the same for every other. */
export interface SharedSignatures {
  /** a node's view of it, which waits as long as the work would take */
  for(clock: Clock): Signatures
  /** checks that were really computed */
  computed(): number
}

export function createSharedSignatures(verify: VerifySignature): SharedSignatures {
  let newer = new Map<string, boolean>()
  let older = new Map<string, boolean>()
  let computed = 0

  const keyOf = (check: SignatureCheck): string | undefined =>
    check.kind === 'single'
      ? toHex(check.signature) + toHex(check.digest) + toHex(check.publicKey)
      : undefined

  function holds(check: SignatureCheck): boolean {
    const key = keyOf(check)
    const known = key === undefined ? undefined : (newer.get(key) ?? older.get(key))
    if (known !== undefined) return known
    computed += 1
    const verdict = checkHolds(check, verify)
    if (key === undefined) return verdict
    newer.set(key, verdict)
    if (newer.size >= REMEMBERED) {
      older = newer
      newer = new Map()
    }
    return verdict
  }

  return {
    computed: () => computed,
    for: (clock) => ({
      backend: 'shared',
      threads: 1,
      async firstInvalid(checks, signal) {
        signal?.throwIfAborted()
        const invalid = checks.findIndex((check) => !holds(check))
        const done = invalid < 0 ? checks : checks.slice(0, invalid + 1)
        const work = done.reduce((sum, check) => sum + verificationsOf(check), 0)
        if (work > 0) await clock.sleep(work * VERIFY_MS, signal)
        return invalid < 0 ? undefined : invalid
      },
      close: async () => {},
    }),
  }
}
