import { checkTransaction } from '../../src/consensus/check-transaction.ts'
import { heightScript } from '../../src/consensus/coinbase.ts'
import { spendCoins } from '../../src/consensus/connect-transaction.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS } from '../../src/mempool/mempool.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Coin } from '../../src/primitives/coin.ts'
import { ZERO_HASH } from '../../src/primitives/hash.ts'
import { COIN, MAX_MONEY } from '../../src/primitives/money.ts'
import type { OutPoint } from '../../src/primitives/outpoint.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { ALICE, editInput, out, type Stage } from '../support/bad-blocks.ts'
import { buildCoinbase, buildWith } from '../support/block-builder.ts'
import { pay, type TestInput } from '../support/key.ts'
import { testSignatures } from '../support/signatures.ts'
import { createTestChain, DEV, MINER } from '../support/test-chain.ts'
import { describeAllRules, inBlock, inTransactions, type RuleCase, spend } from './rule-case.ts'

/** An output script that has no meaning on this chain, beside one that has. */
const paysTo = (what: string, ...script: readonly number[]): RuleCase =>
  inTransactions(what, (s, fault) =>
    pay([s.coin(0)], [out(COIN, fault ? Uint8Array.from(script) : ALICE.scriptPubKey)]),
  )

const zeros = (count: number): number[] => Array(count).fill(0)

const firstOutput = (tx: Transaction): TestInput => ({
  outPoint: { txid: tx.txid, vout: 0 },
  coin: tx.outputs[0]!,
  key: ALICE,
})

/** Transactions without their witnesses are this large, to the byte. */
function paymentOfSize(s: Stage, baseSize: number): Transaction {
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
  const sizeOf = (tx: Transaction) => (tx.weight - tx.bytes.length) / 3
  const some = baseSize - 1_000
  return fill(some + baseSize - sizeOf(fill(some)))
}

/** Spends two of Alice's made-up coins, of values that no chain could give them. */
function spendMadeUp(values: readonly [number, number]): ReturnType<typeof spendCoins> {
  const inputs = values.map((value, vout) => ({
    outPoint: { txid: ZERO_HASH, vout },
    coin: { value },
    key: ALICE,
  }))
  const coins = values.map(
    (value): Coin => ({ value, scriptPubKey: ALICE.scriptPubKey, height: 1, coinbase: false }),
  )
  const context = { height: 100, medianTimePast: 0, medianTimePastAt: () => 0 }
  const lookup = { get: ({ vout }: OutPoint) => coins[vout] }
  return spendCoins(pay(inputs, [out(COIN)]), lookup, context, DEV)
}

/** Moves the median time past on by more than a unit of relative time, 512 s. */
async function letTimePass(s: Stage): Promise<void> {
  for (let i = 0; i < 12; i++) await s.mine({ header: { time: s.chain.tip().header.time + 200 } })
}

describeAllRules('transaction', {
  'transaction-version-unknown': [0, 1, 3].map((version) =>
    inTransactions(`version ${version}`, (s, fault) =>
      pay([s.coin(0)], [out(COIN)], { version: fault ? version : 2 }),
    ),
  ) as [RuleCase, RuleCase, RuleCase],
  'outputs-empty': [inTransactions('no outputs', (s, fault) => pay([s.coin(0)], fault ? [] : [out(0)]))],
  'transaction-weight-exceeded': [
    {
      what: 'a byte more than a block could hold',
      attempt: (s, fault) => checkTransaction(paymentOfSize(s, fault ? 1_000_001 : 1_000_000)),
    },
  ],
  'output-value-out-of-range': [
    inTransactions('above MAX_MONEY', (s, fault) => pay([s.coin(0)], [out(fault ? MAX_MONEY + 1 : COIN)])),
  ],
  'output-total-out-of-range': [
    inTransactions('a sum above MAX_MONEY', (s, fault) =>
      pay([s.coin(0)], [out(fault ? MAX_MONEY : COIN), out(1)]),
    ),
  ],
  'output-script-unknown': [
    paysTo('P2PKH', 0x76, 0xa9, 0x14, ...zeros(20), 0x88, 0xac),
    paysTo('P2SH', 0xa9, 0x14, ...zeros(20), 0x87),
    paysTo('P2PK', 0x21, 2, ...zeros(32), 0xac),
    paysTo('Taproot', 0x51, 0x20, ...zeros(32)),
    paysTo('a witness program of version 0 with 21 bytes', 0x00, 0x15, ...zeros(21)),
    paysTo('nothing'),
  ],
  'input-repeated': [
    inTransactions('one coin twice', (s, fault) => pay([s.coin(0), s.coin(fault ? 0 : 1)], [out(COIN)])),
  ],
  'coinbase-script-size': [
    inBlock('101 bytes', (s, fault) => s.build({ tag: 'x'.repeat((fault ? 101 : 100) - 4) })),
    {
      what: '1 byte',
      async attempt(_, fault) {
        const { chain } = await createTestChain()
        const coinbase = buildCoinbase(DEV, 1, { scriptPubKey: MINER.scriptPubKey })
        const short = editInput(coinbase, { scriptSig: heightScript(1) })
        return chain.acceptBlock(buildWith(chain, chain.tip(), [fault ? short : coinbase]))
      },
    },
  ],
  'prevout-null': [
    inTransactions('a null prevout beside another', (s, fault) => {
      const nowhere = { ...s.coin(1), outPoint: { txid: ZERO_HASH, vout: 0xffff_ffff } }
      return pay([s.coin(0), fault ? nowhere : s.coin(1)], [out(COIN)])
    }),
  ],
  'script-sig-not-empty': [
    inTransactions('a scriptSig', (s, fault) =>
      editInput(spend(s, 0), { scriptSig: Uint8Array.from(fault ? [0] : []) }),
    ),
  ],
  'coinbase-loose': [
    {
      what: 'the coinbase of a block, offered as a payment',
      async attempt(s, fault) {
        const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, {
          chain: s.chain,
          signatures: testSignatures,
          verified: s.verified,
          clock: s.clock,
          logger: SILENT_LOGGER,
        })
        return mempool.accept(fault ? s.build().transactions[0]! : spend(s, 0))
      },
    },
  ],
  'transaction-not-final': [
    inTransactions("the block's own height", (s, fault) =>
      pay([s.coin(0)], [out(COIN)], { lockTime: fault ? 21 : 20 }),
    ),
    inTransactions("the parent's median time", (s, fault) =>
      pay([s.coin(0)], [out(COIN)], { lockTime: s.chain.tip().medianTimePast - (fault ? 0 : 1) }),
    ),
    inTransactions('a lock time that a final sequence switches off', (s, fault) =>
      pay([{ ...s.coin(0), sequence: fault ? 0xffff_fffe : 0xffff_ffff }], [out(COIN)], { lockTime: 1_000 }),
    ),
  ],
  'sequence-lock-unmet': [
    inTransactions('a block early', (s, fault) =>
      pay([{ ...s.coin(0), sequence: fault ? 21 : 20 }], [out(COIN)]),
    ),
    inTransactions(
      '512 seconds early',
      (s, fault) => {
        const passed = s.chain.tip().medianTimePast - s.chain.genesis.medianTimePast
        const units = Math.floor(passed / 512) + (fault ? 1 : 0)
        return pay([{ ...s.coin(0), sequence: (1 << 22) | units }], [out(COIN)])
      },
      letTimePass,
    ),
    inTransactions('a coin of the same block, that has to be one block old', (s, fault) => {
      const parent = pay([s.coin(0)], [out(2 * COIN)])
      return [parent, pay([{ ...firstOutput(parent), sequence: fault ? 1 : 0 }], [out(COIN)])]
    }),
  ],
  'input-missing-or-spent': [
    inTransactions('a coin that nobody made', (s, fault) => {
      const made = pay([s.coin(0)], [out(2 * COIN)])
      const child = pay([firstOutput(made)], [out(COIN)])
      return fault ? [child] : [made, child]
    }),
    inTransactions('a child before its parent', (s, fault) => {
      const parent = pay([s.coin(0)], [out(2 * COIN)])
      const child = pay([firstOutput(parent)], [out(COIN)])
      return fault ? [child, parent] : [parent, child]
    }),
    inTransactions('a coin that this block has spent', (s, fault) => [
      spend(s, 0),
      pay([s.coin(fault ? 0 : 1)], [out(2 * COIN)]),
    ]),
    inTransactions('a coin that an earlier block has spent', (s, fault) => spend(s, fault ? 2 : 0)),
    inTransactions('an output that carries data', (s, fault) => {
      const parent = pay([s.coin(0)], [out(2 * COIN, fault ? Uint8Array.of(0x6a) : ALICE.scriptPubKey)])
      return [parent, pay([firstOutput(parent)], [out(COIN)])]
    }),
  ],
  'coinbase-immature': [
    inTransactions('a coinbase spent one block early', (s, fault) => spend(s, fault ? 11 : 10)),
  ],
  // No chain has as much: these rules are asked with coins that were made up.
  'input-total-out-of-range': [
    {
      what: 'a sum above MAX_MONEY',
      attempt: (_, fault) => spendMadeUp([MAX_MONEY - COIN, fault ? COIN + 1 : COIN]),
    },
    {
      what: 'one coin above MAX_MONEY',
      attempt: (_, fault) => spendMadeUp([fault ? MAX_MONEY + 1 : MAX_MONEY, 0]),
    },
    { what: 'a negative coin', attempt: (_, fault) => spendMadeUp([2 * COIN, fault ? -1 : 0]) },
  ],
  'outputs-exceed-inputs': [
    inTransactions('a unit too much', (s, fault) => pay([s.coin(0)], [out(50 * COIN + (fault ? 1 : 0))])),
  ],
})
