import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { executeScript } from '../../src/script/interpreter.ts'
import { isCompressedKey } from '../../src/script/public-key.ts'
import type { ScriptContext } from '../../src/script/script-context.ts'
import { isTrue } from '../../src/script/script-number.ts'
import { checkHolds, type VerifySignature } from '../../src/script/signature-check.ts'
import { parseSignature } from '../../src/script/signature-encoding.ts'
import { assemble, pushOf } from './core-script.ts'

/*
 * Signature checks are put off (src/script/README.md). That this changes no verdict is shown against Bitcoin Core's own
 * order of things, with a curve on which a signature holds for the keys that end with the same byte as its r.
 */

const NOTHING = new Uint8Array(0)
const verify: VerifySignature = (publicKey, _, signature) => publicKey[32] === signature[31]
const CONTEXT: ScriptContext = {
  version: 2,
  lockTime: 0,
  sequence: 0,
  sighash: () => new Uint8Array(32),
}

/** BIP146's OP_CHECKMULTISIG as Bitcoin Core has it: verified at once, in its order, until one answer is left. */
function eager(
  keys: readonly Uint8Array[],
  items: readonly Uint8Array[],
  dummy: Uint8Array,
): boolean | 'fails' {
  let key = keys.length - 1
  let item = items.length - 1
  let success = true
  while (success && item >= 0) {
    const signature = items[item]!
    const publicKey = keys[key]!
    const parsed = signature.length === 0 ? undefined : parseSignature(signature)
    if (parsed !== undefined && !parsed.ok) return 'fails'
    if (!isCompressedKey(publicKey)) return 'fails'
    if (parsed !== undefined && verify(publicKey, NOTHING, parsed.value)) item--
    key--
    if (item > key) success = false
  }
  if (!success && items.some(({ length }) => length > 0)) return 'fails'
  return dummy.length > 0 ? 'fails' : success
}

/** The same by what the interpreter says and what it leaves to verify. */
function deferred(
  keys: readonly Uint8Array[],
  items: readonly Uint8Array[],
  dummy: Uint8Array,
): boolean | 'fails' {
  const script = concatBytes(
    assemble(`${items.length}`),
    ...keys.map(pushOf),
    assemble(`${keys.length} CHECKMULTISIG`),
  )
  const run = executeScript(script, [dummy, ...items], CONTEXT)
  if (!run.ok || !run.value.checks.every((check) => checkHolds(check, verify))) return 'fails'
  expect(run.value.stack).toHaveLength(1)
  return isTrue(run.value.stack[0]!)
}

const TAGS = fc.nat({ max: 3 })
const keyOf = (tag: number) => Uint8Array.of(2, ...new Uint8Array(31), tag)
const key = fc.oneof(
  { weight: 6, arbitrary: TAGS.map(keyOf) },
  { weight: 1, arbitrary: fc.constantFrom(NOTHING, new Uint8Array(65).fill(4)) },
)
const signature = fc.oneof(
  { weight: 6, arbitrary: TAGS.map((tag) => Uint8Array.of(0x30, 7, 2, 2, 1, tag, 2, 1, 1, 1)) },
  { weight: 2, arbitrary: fc.constant(NOTHING) },
  // not DER, a hash type that does not exist
  { weight: 1, arbitrary: fc.constantFrom(Uint8Array.of(1), Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1, 4)) },
)
const dummy = fc.oneof({ weight: 9, arbitrary: fc.constant(NOTHING) }, fc.constant(Uint8Array.of(0)))

describe('OP_CHECKMULTISIG with checks that are put off', () => {
  it('comes to the verdict of checks that are made at once', () => {
    const seen = new Map<boolean | 'fails', number>()
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 6 }),
        fc.array(signature, { maxLength: 6 }),
        dummy,
        (keys, all, first) => {
          const items = all.slice(0, keys.length)
          const verdict = eager(keys, items, first)
          seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
          expect(deferred(keys, items, first)).toBe(verdict)
        },
      ),
      { numRuns: 20_000 },
    )
    for (const verdict of [true, false, 'fails'] as const) expect(seen.get(verdict)).toBeGreaterThan(500)
  })

  it('does so where the signatures are by some of the keys, in their order or not', () => {
    const seen = new Set<boolean | 'fails'>()
    fc.assert(
      fc.property(fc.array(TAGS, { minLength: 1, maxLength: 8 }), fc.array(fc.nat()), (tags, picks) => {
        const keys = tags.map(keyOf)
        const items = picks
          .slice(0, keys.length)
          .map((pick) => Uint8Array.of(0x30, 7, 2, 2, 1, tags[pick % tags.length]!, 2, 1, 1, 1))
        const verdict = eager(keys, items, NOTHING)
        seen.add(verdict)
        expect(deferred(keys, items, NOTHING)).toBe(verdict)
      }),
      { numRuns: 5_000 },
    )
    expect([...seen].sort()).toEqual(['fails', true])
  })
})

describe('OP_CHECKSIG', () => {
  const run = (publicKey: Uint8Array, item: Uint8Array) =>
    executeScript(concatBytes(pushOf(publicKey), assemble('CHECKSIG')), [item], CONTEXT)

  it('says no to an empty signature without a check, and yes to another with one', () => {
    expect(run(keyOf(1), NOTHING)).toMatchObject({ ok: true, value: { stack: [NOTHING], checks: [] } })
    const yes = run(keyOf(1), Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1, 1))
    expect(yes).toMatchObject({
      ok: true,
      value: { stack: [Uint8Array.of(1)], checks: [{ kind: 'single', publicKey: keyOf(1) }] },
    })
  })

  it('refuses a key that is not compressed, whatever the signature', () => {
    for (const item of [NOTHING, Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1, 1)])
      expect(run(new Uint8Array(65).fill(4), item)).toMatchObject({ error: 'public-key-not-compressed' })
  })
})
