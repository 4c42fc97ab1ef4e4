import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { beginsWithHeight, heightScript } from '../../src/consensus/coinbase.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import {
  commitmentScript,
  WITNESS_RESERVED_VALUE,
  witnessCommitment,
} from '../../src/consensus/witness-commitment.ts'
import { COIN } from '../../src/primitives/money.ts'
import { buildCoinbase } from '../support/block-builder.ts'
import { DEV, MINER } from '../support/test-chain.ts'

describe('BIP34: a height is pushed minimally', () => {
  it.each([
    [0, '00'],
    [1, '51'],
    [2, '52'],
    [16, '60'],
    [17, '0111'],
    [127, '017f'],
    [128, '028000'],
    [255, '02ff00'],
    [256, '020001'],
    [32_767, '02ff7f'],
    [32_768, '03008000'],
    [65_535, '03ffff00'],
    [65_536, '03000001'],
    // Bitcoin's first block under BIP34, and its first under BIP141.
    [227_931, '035b7a03'],
    [481_824, '03205a07'],
    [8_388_607, '03ffff7f'],
    [8_388_608, '0400008000'],
    [2_147_483_647, '04ffffff7f'],
    [2_147_483_648, '050000008000'],
  ])('%d as %s', (height, script) => {
    expect(toHex(heightScript(height))).toBe(script)
    expect(beginsWithHeight(heightScript(height), height)).toBe(true)
  })

  it('so that no script begins with two heights', () => {
    const height = fc.nat({ max: 2 ** 32 })
    fc.assert(
      fc.property(height, height, fc.uint8Array({ maxLength: 8 }), (own, other, rest) => {
        expect(beginsWithHeight(concatBytes(heightScript(own), rest), other)).toBe(own === other)
      }),
    )
  })

  it.each([
    ['a push that is longer than it has to be', Uint8Array.of(2, 21, 0)],
    ['a push by OP_PUSHDATA1', Uint8Array.of(0x4c, 1, 21)],
    ['a push that is cut off', Uint8Array.of(1)],
    ['nothing', Uint8Array.of()],
  ])('and not as %s', (_, script) => {
    expect(beginsWithHeight(script, 21)).toBe(false)
  })
})

describe('BIP141: the witness commitment', () => {
  it('of a block with a coinbase alone is that of every such block of Bitcoin', () => {
    const coinbase = buildCoinbase(DEV, 1, { scriptPubKey: MINER.scriptPubKey })
    expect(toHex(commitmentScript(witnessCommitment([coinbase], WITNESS_RESERVED_VALUE)))).toBe(
      '6a24aa21a9ede2f61c3f71d1defd3fa999dfa36953755c690689799962b48bebd836974e8cf9',
    )
  })
})

describe('the subsidy', () => {
  it('halves every `halving` blocks and ends', () => {
    expect(blockSubsidy(149, DEV)).toBe(50 * COIN)
    expect(blockSubsidy(150, DEV)).toBe(25 * COIN)
    expect(blockSubsidy(150 * 33, DEV)).toBe(0)
    expect(blockSubsidy(150 * 2000, DEV)).toBe(0)
  })
})
