import { createMempool, type MempoolService } from '../../src/mempool/mempool.ts'
import type { MempoolOptions } from '../../src/mempool/mempool-view.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { MempoolEvents } from '../../src/ports/mempool.ts'
import type { OutPoint } from '../../src/primitives/outpoint.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { OP } from '../../src/script/opcodes.ts'
import { pay } from '../support/key.ts'
import { testSignatures } from '../support/signatures.ts'
import { coinbaseInput, createTestChain } from '../support/test-chain.ts'
import { of, payToScript } from './script-spend.ts'

/** An output that anyone can spend: no signature is made or verified for it. */
export interface OpenCoin {
  readonly outPoint: OutPoint
  readonly value: number
}

const OPEN_SCRIPT = of(OP['1'])

export const COIN_VALUE = 10_000_000

export interface OpenPlan {
  /** base units */
  readonly fee: number
  /** how many outputs share what is left; each adds 43 virtual bytes */
  readonly outputs?: number
  readonly sequence?: number
  readonly lockTime?: number
}

/** Spends open coins to open outputs. */
export function spendOpen(
  coins: readonly OpenCoin[],
  { fee, outputs = 1, sequence = 0xffff_fffd, lockTime = 0 }: OpenPlan,
): Transaction {
  const total = coins.reduce((sum, { value }) => sum + value, 0) - fee
  const each = Math.floor(total / outputs)
  return makeTransaction({
    version: 2,
    lockTime,
    inputs: coins.map(({ outPoint }) => ({
      prevout: outPoint,
      scriptSig: new Uint8Array(0),
      sequence,
      witness: [OPEN_SCRIPT],
    })),
    outputs: Array.from({ length: outputs }, (_, vout) =>
      payToScript(vout === 0 ? total - each * (outputs - 1) : each, OPEN_SCRIPT),
    ),
  })
}

export const openCoin = ({ txid, outputs }: Transaction, vout = 0): OpenCoin => ({
  outPoint: { txid, vout },
  value: outputs[vout]!.value,
})

export type PoolWorld = Awaited<ReturnType<typeof createPoolWorld>>

/** A chain with open coins of `COIN_VALUE` each, and a mempool that follows it. */
export async function createPoolWorld(options: Partial<MempoolOptions> = {}, coins = 40) {
  const test = await createTestChain()
  const mempool = createMempool(
    { maxVirtualBytes: 1_000_000, minFeeRate: 1, ...options },
    { ...test, signatures: testSignatures, logger: SILENT_LOGGER },
  )
  test.chain.follow(mempool)
  const [first] = await test.mineMany(11)
  const funding = pay(
    [coinbaseInput(first!)],
    Array.from({ length: coins }, () => payToScript(COIN_VALUE, OPEN_SCRIPT)),
  )
  await test.mine({ transactions: [funding] })
  const removed: MempoolEvents['removed'][] = []
  mempool.events.on('removed', (event) => removed.push(event))
  return {
    ...test,
    mempool,
    removed,
    coins: Array.from({ length: coins }, (_, vout) => openCoin(funding, vout)),
    /** the ids of what left the pool so far, with the reason */
    departures: () => removed.map(({ entry, reason }) => [entry.transaction.txid, reason]),
    /** admits them one by one; throws where one is refused */
    async admit(...transactions: readonly Transaction[]) {
      for (const tx of transactions) {
        const verdict = await mempool.accept(tx)
        if (!verdict.ok) throw new Error(`${verdict.error.code} ${verdict.error.message}`)
      }
    },
    code: (tx: Transaction) => codeOf(mempool, tx),
    pendingIds: () => mempool.entries().map(({ transaction }) => transaction.txid),
  }
}

/** `ok`, or the code of the refusal. */
async function codeOf(mempool: MempoolService, tx: Transaction): Promise<string> {
  const verdict = await mempool.accept(tx)
  return verdict.ok ? 'ok' : verdict.error.code
}

/** A chain of transactions, each of which spends the first output of the one before. */
export function openChain(start: OpenCoin, length: number, plan: OpenPlan): Transaction[] {
  const chain: Transaction[] = []
  for (let coin = start; chain.length < length; coin = openCoin(chain.at(-1)!))
    chain.push(spendOpen([coin], plan))
  return chain
}
