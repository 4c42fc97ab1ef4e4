import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BlockConnection,
  type CoinChanges,
  connectBlock,
  disconnectBlock,
} from '../../src/consensus/connect-block.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { type OutPointKey, outPointKey, parseOutPointKey } from '../../src/primitives/outpoint.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { p2wshScript } from '../../src/script/templates.ts'
import { ALICE, out } from '../support/bad-blocks.ts'
import { buildCoinbase } from '../support/block-builder.ts'
import { pay } from '../support/key.ts'
import { DEV } from '../support/test-chain.ts'

type Coins = Map<OutPointKey, Coin>

/** `dev`, where a coinbase may be spent by the next block. */
const PARAMETERS: NetworkParameters = { ...DEV, maturity: 1 }
const DATA = Uint8Array.of(0x6a)

/** Which coins a transaction spends, as indices into those that are there, and what it makes of them. */
interface TransactionPlan {
  readonly spends: readonly number[]
  readonly outputs: readonly ('coin' | 'data')[]
}

const transactionPlan: fc.Arbitrary<TransactionPlan> = fc.record({
  spends: fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 3 }),
  outputs: fc.array(fc.constantFrom('coin', 'coin', 'data'), { minLength: 1, maxLength: 4 }),
})
const blockPlan = fc.array(transactionPlan, { maxLength: 12 })

const fundingTxid = toHashId<Txid>(sha256(new TextEncoder().encode('funding')))

/** Coins of Alice to begin with. */
const initialCoins = (): Coins =>
  new Map(
    [0, 1, 2, 3].map((vout) => [
      outPointKey({ txid: fundingTxid, vout }),
      { ...out(COIN), height: 0, coinbase: false },
    ]),
  )

// Signatures are left for others to verify: one that is well formed will do for all.
const WITNESS = pay(
  [{ outPoint: { txid: fundingTxid, vout: 0 }, coin: { value: COIN }, key: ALICE }],
  [out(COIN)],
).inputs[0]!.witness

function spendCoins(
  coins: Coins,
  { spends, outputs }: TransactionPlan,
  height: number,
): Transaction | undefined {
  const usable = [...coins].filter(([, coin]) => !coin.coinbase || coin.height < height)
  if (usable.length === 0) return undefined
  const chosen = new Map(spends.map((index) => usable[index % usable.length]!))
  const total = [...chosen.values()].reduce((sum, { value }) => sum + value, 0)
  const value = Math.floor(total / outputs.length)
  return makeTransaction({
    version: 2,
    lockTime: 0,
    inputs: [...chosen.keys()].map((key) => ({
      prevout: parseOutPointKey(key),
      scriptSig: new Uint8Array(0),
      sequence: 0xffff_ffff,
      witness: WITNESS,
    })),
    outputs: outputs.map((kind) => out(value, kind === 'data' ? DATA : ALICE.scriptPubKey)),
  })
}

/** What a transaction does to the coins, by the plainest of means. */
function apply(coins: Coins, tx: Transaction, height: number, coinbase: boolean): void {
  if (!coinbase) for (const { prevout } of tx.inputs) coins.delete(outPointKey(prevout))
  for (const [vout, output] of tx.outputs.entries())
    if (output.scriptPubKey[0] !== 0x6a)
      coins.set(outPointKey({ txid: tx.txid, vout }), { ...output, height, coinbase })
}

/** A valid block of the plans, and the coins after it. */
function makePlanned(
  before: Coins,
  plans: readonly TransactionPlan[],
  height: number,
): { readonly block: Block; readonly after: Coins } {
  const after = new Map(before)
  const transactions: Transaction[] = []
  for (const plan of plans) {
    const tx = spendCoins(after, plan, height)
    if (tx === undefined) continue
    apply(after, tx, height, false)
    transactions.push(tx)
  }
  const coinbase = buildCoinbase(PARAMETERS, height, { scriptPubKey: ALICE.scriptPubKey, transactions })
  apply(after, coinbase, height, true)
  return { block: makeBlock(DEV.genesis.header, [coinbase, ...transactions]), after }
}

/** The coins after a change, each part of which has to fit them. */
function changed(coins: Coins, { made, spent }: CoinChanges): Coins {
  const after = new Map(coins)
  spent.visit((coin, outPoint) => {
    const key = outPointKey(outPoint)
    expect(after.get(key)).toEqual(coin)
    after.delete(key)
  })
  made.visit((coin, outPoint) => {
    const key = outPointKey(outPoint)
    expect(after.has(key)).toBe(false)
    after.set(key, coin)
  })
  return after
}

const context = (height: number) => ({ height, medianTimePast: 0, medianTimePastAt: () => 0 })

function connected(block: Block, before: Coins, height: number) {
  const result = connectBlock(block, {
    ...context(height),
    before: { get: (outPoint) => before.get(outPointKey(outPoint)) },
    parameters: PARAMETERS,
  })
  if (!result.ok) throw new Error(`${result.error.code} ${JSON.stringify(result.error.details)}`)
  return result.value
}

describe('connecting a block', () => {
  it('spends and makes the coins as its transactions do one after another', () => {
    fc.assert(
      fc.property(blockPlan, (plans) => {
        const before = initialCoins()
        const { block, after } = makePlanned(before, plans, 1)
        const result = connected(block, before, 1)
        expect(changed(before, result)).toEqual(after)
        const sum = (coins: Coins) => [...coins.values()].reduce((total, { value }) => total + value, 0)
        const burnt = block.transactions
          .flatMap((tx) => tx.outputs)
          .filter(({ scriptPubKey }) => scriptPubKey[0] === 0x6a)
          .reduce((total, { value }) => total + value, 0)
        expect(sum(after) + burnt + result.fees).toBe(sum(before) + 50 * COIN)
      }),
    )
  })

  it('has a coin that the block both makes and spends in neither of its changes', () => {
    const before = initialCoins()
    const plan: TransactionPlan = { spends: [3], outputs: ['coin'] }
    const { block } = makePlanned(before, [plan, plan, plan], 1)
    const [, first, second, third] = block.transactions
    expect(second!.inputs[0]!.prevout.txid).toBe(first!.txid)
    const { made, spent, undo } = connected(block, before, 1)
    expect([spent.size, spent.get({ txid: fundingTxid, vout: 3 })?.value]).toEqual([1, COIN])
    const ofCoinbase = made.get({ txid: block.transactions[0]!.txid, vout: 0 })
    expect([made.size, ofCoinbase?.coinbase]).toEqual([2, true])
    expect(made.get({ txid: third!.txid, vout: 0 })?.value).toBe(COIN)
    expect(undo).toHaveLength(3)
  })

  it('leaves each signature of a coin that it spends to be checked, in order', () => {
    fc.assert(
      fc.property(blockPlan, (plans) => {
        const before = initialCoins()
        const { block } = makePlanned(before, plans, 1)
        const { checks, undo } = connected(block, before, 1)
        const inputs = block.transactions.slice(1).flatMap((tx) => tx.inputs)
        expect(checks).toHaveLength(inputs.length)
        expect(undo).toHaveLength(inputs.length)
      }),
    )
  })
})

describe('disconnecting blocks', () => {
  it('restores the coins exactly, one block after another down to the first', () => {
    fc.assert(
      fc.property(fc.array(blockPlan, { minLength: 1, maxLength: 5 }), (plans) => {
        const states = [initialCoins()]
        const done = plans.map((each, index) => {
          const height = index + 1
          const { block } = makePlanned(states.at(-1)!, each, height)
          const result = connected(block, states.at(-1)!, height)
          states.push(changed(states.at(-1)!, result))
          return { block, undo: result.undo, height }
        })
        let coins = states.pop()!
        for (const { block, undo, height } of done.reverse()) {
          coins = changed(coins, disconnectBlock(block, undo, height))
          expect(coins).toEqual(states.pop())
        }
      }),
    )
  })

  it('refuses undo data that is not of the block', () => {
    const before = initialCoins()
    const { block } = makePlanned(before, [{ spends: [0, 1], outputs: ['coin'] }], 1)
    const { undo } = connected(block, before, 1)
    expect(() => disconnectBlock(block, undo.slice(1), 1)).toThrow()
    expect(() => disconnectBlock(block, [...undo, undo[0]!], 1)).toThrow()
  })
})

describe('a step of connecting a block', () => {
  it('ends after a few scripts, however many inputs of keys it would have taken', () => {
    const count = 40
    // Pushes 17 items of 520 bytes and drops them, then an OP_1.
    const push = [0x4d, 520 & 0xff, 520 >> 8, ...new Uint8Array(520), 0x75]
    const script = Uint8Array.from([...Array.from({ length: 17 }, () => push).flat(), 0x51])
    const coin: Coin = { value: COIN, scriptPubKey: p2wshScript(sha256(script)), height: 0, coinbase: false }
    const spend = makeTransaction({
      version: 2,
      lockTime: 0,
      inputs: Array.from({ length: count }, (_, vout) => ({
        prevout: { txid: fundingTxid, vout },
        scriptSig: new Uint8Array(0),
        sequence: 0xffff_ffff,
        witness: [script],
      })),
      outputs: [out(COIN)],
    })
    const before = { get: () => coin }
    const coinbase = buildCoinbase(PARAMETERS, 1, { scriptPubKey: ALICE.scriptPubKey, transactions: [spend] })
    const block = makeBlock(DEV.genesis.header, [coinbase, spend])
    const connection = new BlockConnection(block, { ...context(1), before, parameters: PARAMETERS })
    let steps = 1
    let outcome = connection.step(250)
    for (; outcome === undefined; steps++) outcome = connection.step(250)
    expect(outcome).toMatchObject({ ok: true })
    // 250 keys would take one.
    expect(steps).toBeGreaterThanOrEqual(count / 2)
  })
})
