import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { RULES } from '../../src/consensus/rules.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { encodeHeader } from '../../src/primitives/header.ts'
import { COIN } from '../../src/primitives/money.ts'
import { out, stage } from '../support/bad-blocks.ts'
import { pay } from '../support/key.ts'

// A test for each rule: header-rules, block-rules, transaction-rules and witness-rules.test.ts beside this file.

describe('the list of rules', () => {
  it('has a sentence and a source for each', () => {
    for (const rule of Object.values(RULES)) {
      expect(rule.sentence).toMatch(/^[A-Z].*\.$/)
      expect(rule.source).not.toBe('')
    }
  })
})

describe('block bytes', () => {
  it('decode to the same block, and no proper prefix of them decodes', async () => {
    const s = await stage()
    const block = s.build({ transactions: [pay([s.coin(0)], [out(COIN)])] })
    const decoded = decodeBlock(block.bytes)
    expect(decoded).toMatchObject({ ok: true, value: { hash: block.hash, weight: block.weight } })
    for (let length = 0; length < block.bytes.length; length++)
      expect(decodeBlock(block.bytes.subarray(0, length)).ok).toBe(false)
    expect(decodeBlock(concatBytes(block.bytes, Uint8Array.of(0))).ok).toBe(false)
    expect(encodeHeader(block.header)).toEqual(block.bytes.slice(0, 80))
  })
})
