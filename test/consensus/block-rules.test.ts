import type { Result } from '../../src/base/result.ts'
import { connectBlock } from '../../src/consensus/connect-block.ts'
import type { RuleViolation } from '../../src/consensus/rules.ts'
import {
  commitmentScript,
  WITNESS_RESERVED_VALUE,
  witnessCommitment,
} from '../../src/consensus/witness-commitment.ts'
import { makeBlock } from '../../src/primitives/block.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { COIN, MAX_MONEY } from '../../src/primitives/money.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { ALICE, edit, editInput, out, type Stage } from '../support/bad-blocks.ts'
import { buildCoinbase, buildWith } from '../support/block-builder.ts'
import { pay } from '../support/key.ts'
import { DEV, MINER } from '../support/test-chain.ts'
import { describeAllRules, inBlock, inBody, inTransactions, spend } from './rule-case.ts'

/** As the consensus sees it whatever the block's header: the rules behind it are asked directly. */
function connect(transactions: readonly Transaction[], coin: Coin): Result<unknown, RuleViolation> {
  const coinbase = buildCoinbase(DEV, 100, { scriptPubKey: MINER.scriptPubKey, transactions })
  return connectBlock(makeBlock(DEV.genesis.header, [coinbase, ...transactions]), {
    height: 100,
    medianTimePast: 0,
    medianTimePastAt: () => 0,
    before: { get: () => coin },
    parameters: DEV,
  })
}

const madeUpTxid = (index: number): Txid => toHashId(sha256(Uint8Array.of(index)))

/** Spends Alice's made-up coin of MAX_MONEY and pays so much of it to her. */
const payMaxMoney = (index: number, value: number): Transaction =>
  pay(
    [{ outPoint: { txid: madeUpTxid(index), vout: 0 }, coin: { value: MAX_MONEY }, key: ALICE }],
    [out(value)],
  )

/** A transaction with so many P2WPKH inputs, each with one and the same witness. */
function withInputs(count: number): Transaction {
  const one = payMaxMoney(0, 0)
  const [input] = one.inputs
  return makeTransaction({
    ...one,
    inputs: Array.from({ length: count }, (_, vout) => ({
      ...input!,
      prevout: { txid: madeUpTxid(0), vout },
    })),
  })
}

const flipWitness = (tx: Transaction): Transaction => {
  const [signature, publicKey] = tx.inputs[0]!.witness as [Uint8Array, Uint8Array]
  return editInput(tx, { witness: [signature.map((byte, i) => (i === 20 ? byte ^ 1 : byte)), publicKey] })
}

const honestCoinbase = (transactions: readonly Transaction[]): Transaction =>
  buildCoinbase(DEV, 21, { scriptPubKey: MINER.scriptPubKey, transactions })

/** A payment that fills a block to its weight limit, or goes one byte beyond it. */
function filler(s: Stage, fault: boolean): Transaction {
  const fill = (length: number) =>
    pay(
      [s.coin(0)],
      [
        out(
          0,
          Uint8Array.from({ length }, () => 0x6a),
        ),
      ],
    )
  const some = 990_000
  const left = 4_000_000 - s.build({ transactions: [fill(some)] }).weight
  return fill(some + Math.floor(left / 4) + (fault ? 1 : 0))
}

describeAllRules('block', {
  'block-without-transactions': [inBody('no transactions', () => [])],
  'block-weight-exceeded': [inTransactions('a byte more than fits', filler)],
  'merkle-root-mismatch': [
    inBody('a transaction left out', ([coinbase, first]) => [coinbase, first]),
    inBody('a transaction changed', ([coinbase, first, second]) => [
      coinbase,
      edit(first, { lockTime: 5 }),
      second,
    ]),
    inBody('two transactions in another order', ([coinbase, first, second]) => [coinbase, second, first]),
  ],
  'merkle-tree-mutated': [
    inBody('the last transaction repeated', ([coinbase, first, second]) => [coinbase, first, second, second]),
  ],
  'coinbase-missing': [
    inBlock('a payment first', (s, fault) => {
      const payment = spend(s, 0)
      return buildWith(s.chain, s.chain.tip(), fault ? [payment] : [honestCoinbase([payment]), payment])
    }),
  ],
  'coinbase-repeated': [
    inTransactions('a second one at the end', (_, fault) =>
      fault ? buildCoinbase(DEV, 21, { scriptPubKey: MINER.scriptPubKey, tag: 'second' }) : [],
    ),
  ],
  'coinbase-height-wrong': [
    inBlock('the height before', (s, fault) => s.build({ coinbaseHeight: fault ? 20 : 21 })),
    inBlock('the height with a zero byte too many', (s, fault) => {
      const coinbase = honestCoinbase([])
      const padded = editInput(coinbase, { scriptSig: Uint8Array.of(2, 21, 0) })
      return buildWith(s.chain, s.chain.tip(), [fault ? padded : coinbase])
    }),
  ],
  'coinbase-value-exceeded': [
    inBlock('a unit more than the subsidy', (s, fault) => s.build({ fees: fault ? 1 : 0 })),
    inBlock('a unit more than subsidy and fees', (s, fault) =>
      s.build({ transactions: [spend(s, 0)], fees: 49 * COIN + (fault ? 1 : 0) }),
    ),
  ],
  'witness-commitment-mismatch': [
    inBody('a witness changed', ([coinbase, first, second]) => [coinbase, flipWitness(first), second]),
    inBody('another reserved value', ([coinbase, ...others]) => [
      editInput(coinbase, { witness: [new Uint8Array(32).fill(1)] }),
      ...others,
    ]),
    inBlock('the last of two commitments', (s, fault) => {
      const payment = spend(s, 0)
      const right = commitmentScript(witnessCommitment([honestCoinbase([]), payment], WITNESS_RESERVED_VALUE))
      const wrong = commitmentScript(new Uint8Array(32))
      const coinbase = edit(honestCoinbase([]), {
        outputs: [out(0, fault ? right : wrong), out(0, fault ? wrong : right)],
      })
      return buildWith(s.chain, s.chain.tip(), [coinbase, payment])
    }),
  ],
  'witness-reserved-value-wrong': [
    inBody('31 bytes', ([coinbase, ...others]) => [
      editInput(coinbase, { witness: [new Uint8Array(31)] }),
      ...others,
    ]),
    inBody('no witness', ([coinbase, ...others]) => [editInput(coinbase, { witness: [] }), ...others]),
    inBody('two items', ([coinbase, ...others]) => [
      editInput(coinbase, { witness: [WITNESS_RESERVED_VALUE, WITNESS_RESERVED_VALUE] }),
      ...others,
    ]),
  ],
  'witness-unexpected': [
    inBlock('a payment and no commitment', (s, fault) => {
      const payment = spend(s, 0)
      const coinbase = honestCoinbase([payment])
      const bare = edit(coinbase, { outputs: coinbase.outputs.slice(0, 1) })
      return buildWith(s.chain, s.chain.tip(), [fault ? bare : coinbase, payment])
    }),
    inBlock("the coinbase's own witness and no commitment", (s, fault) => {
      const coinbase = honestCoinbase([])
      const bare = edit(coinbase, { outputs: coinbase.outputs.slice(0, 1) })
      return buildWith(s.chain, s.chain.tip(), [fault ? bare : editInput(bare, { witness: [] })])
    }),
  ],
  // 80,001 inputs are heavier than a block may be: that rule is asked with coins that no chain has.
  'signature-operations-exceeded': [
    {
      what: 'one key too many',
      attempt: (_, fault) =>
        connect([withInputs(fault ? 80_001 : 80_000)], {
          value: 0,
          scriptPubKey: ALICE.scriptPubKey,
          height: 1,
          coinbase: false,
        }),
    },
  ],
  // No chain has more coins than MAX_MONEY to leave to a miner.
  'fees-out-of-range': [
    {
      what: 'two fees that come to more than MAX_MONEY',
      attempt: (_, fault) =>
        connect([payMaxMoney(1, 0), payMaxMoney(2, fault ? MAX_MONEY - 1 : MAX_MONEY)], {
          value: MAX_MONEY,
          scriptPubKey: ALICE.scriptPubKey,
          height: 1,
          coinbase: false,
        }),
    },
  ],
})
