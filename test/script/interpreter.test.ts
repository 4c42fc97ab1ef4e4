import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { readInstruction } from '../../src/script/instruction.ts'
import { executeScript, runWitnessScript } from '../../src/script/interpreter.ts'
import { OP } from '../../src/script/opcodes.ts'
import type { ScriptContext } from '../../src/script/script-context.ts'
import { isTrue, readScriptNumber, scriptNumberItem } from '../../src/script/script-number.ts'
import type { ScriptPolicy } from '../../src/script/verdict.ts'
import { assemble, pushOf } from './core-script.ts'

const context: fc.Arbitrary<ScriptContext> = fc.record({
  version: fc.constantFrom(1, 2),
  lockTime: fc.constantFrom(0, 1, 499_999_999, 500_000_000, 0xffff_ffff),
  sequence: fc.constantFrom(0, 1, 0xffff, 1 << 22, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  sighash: fc.constant((code: Uint8Array, hashType: number) =>
    new Uint8Array(32).fill(code.length ^ hashType),
  ),
})
const policy: fc.Arbitrary<ScriptPolicy> = fc.record({
  minimalData: fc.boolean(),
  discourageUpgradableNops: fc.boolean(),
})

const der = Uint8Array.from([0x30, 6, 2, 1, 1, 2, 1, 1, 1])
/** What operations like to find: truths, numbers, keys, signatures. */
const item = fc.oneof(
  fc.constantFrom(new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(0x81), der),
  fc.integer({ min: -(2 ** 39), max: 2 ** 39 }).map(scriptNumberItem),
  fc.uint8Array({ minLength: 33, maxLength: 33 }).map((key) => Uint8Array.of(2, ...key.subarray(1))),
  fc.uint8Array({ maxLength: 600 }),
)
const opcode = fc.constantFrom(...Object.values(OP)).map((code) => Uint8Array.of(code))
const script = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(fc.oneof({ weight: 3, arbitrary: opcode }, { weight: 2, arbitrary: item.map(pushOf) }), {
      maxLength: 300,
    })
    .map((parts) => concatBytes(...parts)),
  // doubling, to reach the limits
  fc.nat({ max: 250 }).map((times) => assemble(`1 1 1 ${'3DUP '.repeat(times)}`)),
)
const stack = fc.array(item, { maxLength: 12 })

describe('any script on any stack', () => {
  it('comes to a verdict within the limits, without an exception', () => {
    fc.assert(
      fc.property(script, stack, context, policy, (bytes, items, spend, held) => {
        const run = executeScript(bytes, items, spend, held)
        if (!run.ok) return
        expect(run.value.stack.length).toBeLessThanOrEqual(1_000)
        const longest = Math.max(520, ...items.map(({ length }) => length))
        for (const { length } of run.value.stack) expect(length).toBeLessThanOrEqual(longest)
        expect(run.value.checks.length).toBeLessThanOrEqual(201)
      }),
      { numRuns: 3_000 },
    )
  })

  it('comes to the same verdict again, and leaves the script and the stack that it was given as they were', () => {
    fc.assert(
      fc.property(script, stack, context, policy, (bytes, items, spend, held) => {
        const before = [bytes, ...items].map((each) => each.slice())
        const first = runWitnessScript(bytes, items, spend, held)
        expect([bytes, ...items]).toEqual(before)
        expect(runWitnessScript(bytes, items, spend, held)).toEqual(first)
      }),
    )
  })

  it('breaks no rule that it does not break without a policy, and no policy but by its name', () => {
    const named = ['push-not-minimal', 'script-number-not-minimal', 'nop-discouraged']
    fc.assert(
      fc.property(script, stack, context, policy, (bytes, items, spend, held) => {
        const bare = runWitnessScript(bytes, items, spend)
        const run = runWitnessScript(bytes, items, spend, held)
        if (!bare.ok) expect(named).not.toContain(bare.error)
        if (run.ok || !named.includes(run.error)) expect(run).toEqual(bare)
      }),
    )
  })
})

describe('a witness script', () => {
  const spend: ScriptContext = {
    version: 2,
    lockTime: 0,
    sequence: 0,
    sighash: () => new Uint8Array(32),
  }

  it('is satisfied by exactly one true item', () => {
    fc.assert(
      fc.property(
        fc.array(
          item.filter(({ length }) => length <= 520),
          { maxLength: 4 },
        ),
        (items) => {
          const run = runWitnessScript(new Uint8Array(0), items, spend)
          expect(run.ok).toBe(items.length === 1 && isTrue(items[0]!))
        },
      ),
    )
  })

  it('signs from the last code separator that was executed on, and each digest is computed once', () => {
    const asked: string[] = []
    const counting: ScriptContext = {
      ...spend,
      sighash(code, hashType) {
        asked.push(`${code.length}:${hashType}`)
        return new Uint8Array(32)
      },
    }
    const check = `0x09 0x${toHex(der)}`
    const key = `0x21 0x02${'11'.repeat(32)}`
    const verify = `${check} ${key} CHECKSIGVERIFY`
    const text = `${verify} ${verify} 0 IF CODESEPARATOR ENDIF ${verify} CODESEPARATOR ${verify} ${verify} 1`
    const bytes = assemble(text)
    const run = runWitnessScript(bytes, [], counting)
    expect(run.ok && run.value).toHaveLength(5)
    const rest = assemble(`${verify} ${verify} 1`).length
    expect(asked).toEqual([`${bytes.length}:1`, `${rest}:1`])
  })
})

describe('numbers', () => {
  it('read as they were written, in the shortest form', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 39) + 1, max: 2 ** 39 - 1 }), (value) => {
        const written = scriptNumberItem(value)
        expect(readScriptNumber(written, true, 5)).toBe(value)
        const longer = concatBytes(written, Uint8Array.of(0))
        // a byte more than the shortest form, where the sign does not move
        if (value >= 0 && written.length < 5) {
          expect(readScriptNumber(longer, false, 6)).toBe(value)
          expect(readScriptNumber(longer, true, 6)).toBe('script-number-not-minimal')
        }
      }),
    )
  })

  it('are minimal just when no shorter item reads the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), (bytes) => {
        const value = readScriptNumber(bytes, false) as number
        const shortest = scriptNumberItem(value)
        const minimal = readScriptNumber(bytes, true) !== 'script-number-not-minimal'
        expect(minimal).toBe(shortest.length === bytes.length && shortest.every((b, i) => b === bytes[i]))
        expect(isTrue(bytes)).toBe(value !== 0)
      }),
    )
  })
})

describe('instructions', () => {
  it('cover a script without gaps, and end inside it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (let at = 0; at < bytes.length; ) {
          const instruction = readInstruction(bytes, at)
          if (instruction === undefined) break
          expect(instruction.end).toBeGreaterThan(at)
          expect(instruction.end).toBeLessThanOrEqual(bytes.length)
          at = instruction.end
        }
      }),
    )
  })

  it('push what was pushed, with each form of push', () => {
    for (const length of [0, 1, 75, 76, 255, 256, 520, 65_535]) {
      const data = new Uint8Array(length).fill(7)
      expect(readInstruction(pushOf(data), 0)?.data).toEqual(data)
    }
    expect(readInstruction(Uint8Array.of(0x4e, 1, 0, 0, 0, 7), 0)).toMatchObject({ end: 6 })
    expect(readInstruction(Uint8Array.of(0x4e, 255, 255, 255, 255, 7), 0)).toBeUndefined()
    expect(readInstruction(Uint8Array.of(0x4d, 1), 0)).toBeUndefined()
  })
})
