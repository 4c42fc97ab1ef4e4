import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { decodeTransaction } from '../../src/primitives/transaction.ts'
import { GENESIS, hex } from './support.ts'

const INPUT = `${'11'.repeat(32)} 00000000 00 ffffffff`
const OUTPUT = '0000000000000000 00'

/** What stands before each count and each length that a peer can lie about. */
const BEFORE = {
  'inputs of a transaction': '02000000',
  'inputs of a transaction with a witness': '02000000 0001',
  'bytes of a scriptSig': `02000000 01 ${'11'.repeat(32)} 00000000`,
  'outputs of a transaction': `02000000 01 ${INPUT}`,
  'bytes of a scriptPubKey': `02000000 01 ${INPUT} 01 0000000000000000`,
  'witness items of an input': `02000000 0001 01 ${INPUT} 01 ${OUTPUT}`,
  'bytes of a witness item': `02000000 0001 01 ${INPUT} 01 ${OUTPUT} 01`,
} as const

/** From just too much for the bytes that follow, over the limits, to what no number can hold. */
const CLAIMS = [
  'fd1127', // 10,001
  'fe00093d00', // 4,000,000
  'fe01093d00',
  'feffffffff',
  'ff0000000001000000',
  'ffffffffffffff1f00',
  'ffffffffffffffffff',
]

const FOLLOWING = new Uint8Array(10_000)

const allocated = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The error code, and how many bytes were allocated on the way to it. */
function refusal(decode: () => ReturnType<typeof decodeBlock | typeof decodeTransaction>) {
  const before = allocated()
  const result = decode()
  return { code: result.ok ? 'ok' : result.error.code, bytes: allocated() - before }
}

describe('a count or length that the bytes cannot hold', () => {
  const cases = Object.entries(BEFORE).flatMap(([what, before]) =>
    CLAIMS.map((claim) => [what, claim, concatBytes(hex(before), hex(claim), FOLLOWING)] as const),
  )

  it.each(cases)('of %s (%s) is refused and allocates nothing for it', (_, __, bytes) => {
    const alone = refusal(() => decodeTransaction(bytes))
    expect(['truncated', 'over-limit']).toContain(alone.code)
    expect(alone.bytes).toBeLessThan(2_000_000)
    const inBlock = refusal(() => decodeBlock(concatBytes(GENESIS.header, Uint8Array.of(1), bytes)))
    expect(inBlock.code).toBe(alone.code)
    expect(inBlock.bytes).toBeLessThan(2_000_000)
  })

  it.each(CLAIMS)('of transactions of a block (%s) is refused and allocates nothing for it', (claim) => {
    const { code, bytes } = refusal(() => decodeBlock(concatBytes(GENESIS.header, hex(claim), FOLLOWING)))
    expect(['truncated', 'over-limit']).toContain(code)
    expect(bytes).toBeLessThan(2_000_000)
  })
})
