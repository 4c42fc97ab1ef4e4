import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginsWithHeight } from '../../src/consensus/coinbase.ts'
import { MAX_BLOCK_WEIGHT, MAX_COINBASE_SCRIPT } from '../../src/consensus/limits.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import { checkWitnessCommitment } from '../../src/consensus/witness-commitment.ts'
import { createNonceKernel, NONCE_SPACE } from '../../src/mining/kernel.ts'
import { createBlockTemplate, finishTemplate, type TemplateInput } from '../../src/mining/template.ts'
import type { ChainEntry } from '../../src/ports/chain.ts'
import { encodeHeader } from '../../src/primitives/header.ts'
import { pay } from '../support/key.ts'
import { coinbaseInput, createTestChain, DEV, MINER } from '../support/test-chain.ts'
import { pending } from './pending.ts'

const NOW = 1_800_000_000

const parentAt = (height: number, medianTimePast = NOW - 60): ChainEntry => ({
  header: DEV.genesis.header,
  hash: DEV.genesis.hash,
  height,
  work: 1n,
  medianTimePast,
})

const template = (input: Partial<TemplateInput> = {}) =>
  createBlockTemplate({
    parameters: DEV,
    parent: parentAt(9),
    bits: DEV.initialBits,
    now: NOW,
    entries: [],
    scriptPubKey: MINER.scriptPubKey,
    extraNonce: new Uint8Array(8),
    ...input,
  })

describe('block template', () => {
  it('is a block that the chain takes once its nonce is found, with its transactions and their fees', async () => {
    const { chain, mineMany, clock } = await createTestChain()
    const [first] = await mineMany(12)
    const input = coinbaseInput(first!)
    const fee = 2_500
    const transaction = pay([input], [{ value: input.coin.value - fee, scriptPubKey: MINER.scriptPubKey }])
    const parent = chain.tip()
    const made = template({
      parent,
      bits: chain.nextBits(parent),
      now: clock.now() / 1000,
      entries: [{ transaction, fee, sigopsCost: 1 }],
    })
    const range = { header: encodeHeader(made.header), target: made.target, start: 0, count: NONCE_SPACE }
    const block = finishTemplate(made, createNonceKernel().scan(range)!)
    expect(await chain.acceptBlock(block)).toMatchObject({ ok: true, value: { connected: true } })
    expect(block.transactions.map((tx) => tx.txid)).toContain(transaction.txid)
    expect(block.transactions[0]!.outputs[0]!.value).toBe(blockSubsidy(13, DEV) + fee)
  })

  it('begins the coinbase with the height and commits to the witnesses at every height', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000 }), (height) => {
        const { transactions, height: own } = template({
          parent: parentAt(height),
          entries: [pending({ fee: 1 })],
        })
        const script = transactions[0]!.inputs[0]!.scriptSig
        expect(own).toBe(height + 1)
        expect(beginsWithHeight(script, height + 1)).toBe(true)
        expect(script.length).toBeLessThanOrEqual(MAX_COINBASE_SCRIPT)
        expect(checkWitnessCommitment(transactions)).toBeUndefined()
      }),
    )
  })

  it('states the time now, or one second after the median where now is not later', () => {
    expect(template().header.time).toBe(NOW)
    expect(template({ parent: parentAt(9, NOW - 1) }).header.time).toBe(NOW)
    expect(template({ parent: parentAt(9, NOW) }).header.time).toBe(NOW + 1)
    expect(template({ parent: parentAt(9, NOW + 500) }).header.time).toBe(NOW + 501)
  })

  it('differs in its merkle root when only the extra nonce differs', () => {
    const other = template({ extraNonce: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) })
    expect(other.header.merkleRoot).not.toBe(template().header.merkleRoot)
  })

  it('takes the heaviest transaction that a block has room for, and none that is heavier', () => {
    // The count of transactions is reserved as three bytes, and takes one here.
    const room = MAX_BLOCK_WEIGHT - finishTemplate(template(), 0).weight - 4 * 2
    const overhead = pending({ fee: 1, padding: 1_000_000 }).transaction.weight - 1_000_000
    const fitting = pending({ fee: 1, padding: room - overhead })
    const heavier = pending({ fee: 9, padding: room - overhead + 1 })
    expect(fitting.transaction.weight).toBe(room)
    const { transactions } = template({ entries: [heavier, fitting] })
    expect(transactions.slice(1).map((tx) => tx.txid)).toEqual([fitting.transaction.txid])
    expect(template({ entries: [heavier] }).transactions.length).toBe(1)
  })
})
