/** Makes a payment chain: `node payment-maker.ts '{"plan": …, "folder": …}'`, run by `loadPaymentChain`. */
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import native from 'secp256k1/bindings.js'
import { concatBytes } from '../../src/base/bytes.ts'
import { MAX_BLOCK_WEIGHT } from '../../src/consensus/limits.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import type { ChainEntry } from '../../src/ports/chain.ts'
import type { Block } from '../../src/primitives/block.ts'
import {
  makeTransaction,
  type Transaction,
  type TransactionFields,
  type TxOutput,
} from '../../src/primitives/transaction.ts'
import { createSighashCache, SIGHASH_ALL, witnessSighash } from '../../src/script/sighash.ts'
import type { SingleCheck } from '../../src/script/signature-check.ts'
import { p2wpkhScriptCode } from '../../src/script/templates.ts'
import { buildBlock } from '../support/block-builder.ts'
import { type TestKey, testKey } from '../support/key.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { DEV } from '../support/test-chain.ts'
import { childJob, reportOutcome } from './child.ts'
import {
  BLOCKS_FILE,
  CHECKS_FILE,
  encodeCheck,
  MANIFEST_FILE,
  type PaymentManifest,
  type PaymentPlan,
} from './payment-chain.ts'

const KEYS = 300
/** Transactions that fan coins out, in each block of the set-up. */
const FAN_OUTS = 16
/** Coins that the fan-outs of one block make at most: a weight of some 3.7 million. */
const COINS_PER_BLOCK = 30_000
/** So that coins are worth enough to be split many times over. */
const LEAST_FAN_OUT_BLOCKS = 10
/** Base units that a payment leaves to the miner for each input: at least two for each virtual byte. */
const FEE_PER_INPUT = 300
/** Base units below which an output is never spent: it could not be split and pay. */
const LEAST_SPENT = 2_000
/** Signatures that are kept for the measurement of the native library. */
const CHECKS = 4_096

interface OwnCoin {
  readonly txid: Transaction['txid']
  readonly vout: number
  readonly value: number
  readonly key: TestKey
}

class PaymentMaker {
  readonly #plan: PaymentPlan
  readonly #random = createSeededRandom('payment chain')
  readonly #keys = Array.from({ length: KEYS }, (_, i) => testKey(`payer ${i}`))
  /** by identity: outputs hold the very scripts of the keys */
  readonly #keyOfScript = new Map(this.#keys.map((key) => [key.scriptPubKey, key]))
  /** all that a payment may spend: coins of earlier blocks */
  readonly #spendable: OwnCoin[] = []
  /** the coins of each coinbase of the set-up, until they are mature */
  readonly #rewards: OwnCoin[][] = []
  #tip: ChainEntry
  #unspent = 0
  #signed = 0
  readonly checks: Uint8Array[] = []

  constructor(plan: PaymentPlan) {
    const { coins, transactions, blocks, inputs } = plan
    const most = Math.ceil(transactions / blocks)
    if (coins + transactions * Math.min(2 - inputs, 0) < most * inputs)
      throw new RangeError(`${coins} coins are not enough for blocks of ${most} payments`)
    this.#plan = plan
    const { header } = DEV.genesis
    this.#tip = { header, hash: header.hash, height: 0, work: 0n, medianTimePast: header.time }
  }

  get tip(): ChainEntry {
    return this.#tip
  }

  get unspent(): number {
    return this.#unspent
  }

  #anyKey(): TestKey {
    return this.#keys[this.#random.below(KEYS)]!
  }

  /** The coins that a transaction makes, in the order of its outputs; those of data are left out. */
  #coinsOf(tx: Transaction): OwnCoin[] {
    return tx.outputs.flatMap(({ value, scriptPubKey }, vout) => {
      const key = this.#keyOfScript.get(scriptPubKey)
      return key === undefined ? [] : [{ txid: tx.txid, vout, value, key }]
    })
  }

  #sign(coins: readonly OwnCoin[], outputs: readonly TxOutput[]): Transaction {
    const unsigned: TransactionFields = {
      version: 2,
      lockTime: 0,
      outputs,
      inputs: coins.map(({ txid, vout }) => ({
        prevout: { txid, vout },
        scriptSig: new Uint8Array(0),
        sequence: 0xffff_fffd,
        witness: [],
      })),
    }
    const cache = createSighashCache(unsigned)
    return makeTransaction({
      ...unsigned,
      inputs: unsigned.inputs.map((input, index) => {
        const { value, key } = coins[index]!
        const code = p2wpkhScriptCode(key.scriptPubKey.subarray(2))
        const digest = witnessSighash(cache, index, code, value, SIGHASH_ALL)
        // RFC 6979 and low s: the same signature in every run.
        const { signature } = native.ecdsaSign(digest, key.secret)
        this.#keepCheck({ publicKey: key.publicKey, digest, signature })
        const item = concatBytes(native.signatureExport(signature), Uint8Array.of(SIGHASH_ALL))
        return { ...input, witness: [item, key.publicKey] }
      }),
    })
  }

  #keepCheck(check: Omit<SingleCheck, 'kind'>): void {
    const { transactions, inputs } = this.#plan
    const every = Math.max(1, Math.floor((transactions * inputs) / CHECKS))
    if (this.#signed++ % every === 0 && this.checks.length < CHECKS) this.checks.push(encodeCheck(check))
  }

  #mine(transactions: readonly Transaction[], rewards: number): { block: Block; reward: OwnCoin[] } {
    const height = this.#tip.height + 1
    const total = blockSubsidy(height, DEV)
    const value = Math.floor(total / rewards)
    const coinbaseOutputs = Array.from({ length: rewards }, () => ({
      value,
      scriptPubKey: this.#anyKey().scriptPubKey,
    }))
    const block = buildBlock({ parameters: DEV, nextBits: () => DEV.limitBits }, this.#tip, {
      transactions,
      coinbaseOutputs,
      scriptPubKey: coinbaseOutputs[0]!.scriptPubKey,
      tag: 'bench',
    })
    if (block.weight > MAX_BLOCK_WEIGHT) throw new RangeError(`a block weighs ${block.weight}`)
    const { header, hash } = block
    this.#tip = { header, hash, height, work: 0n, medianTimePast: header.time }
    for (const tx of transactions) this.#unspent += tx.outputs.length - tx.inputs.length
    this.#unspent += rewards
    return { block, reward: this.#coinsOf(block.transactions[0]!) }
  }

  /** Blocks that make `coins` coins out of mature coinbases. */
  *setUp(): Generator<Block> {
    const { coins } = this.#plan
    const blocks = Math.max(LEAST_FAN_OUT_BLOCKS, Math.ceil(coins / COINS_PER_BLOCK))
    let left = coins
    let fanOuts = blocks * FAN_OUTS
    for (let height = 1; height <= blocks + DEV.maturity; height++) {
      const made: Transaction[] = []
      for (const coin of this.#rewards[height - DEV.maturity - 1] ?? []) {
        const count = Math.ceil(left / fanOuts--)
        left -= count
        made.push(this.#fanOut(coin, count))
      }
      const { block, reward } = this.#mine(made, height <= blocks ? FAN_OUTS : 1)
      if (height <= blocks) this.#rewards.push(reward)
      for (const tx of made) this.#spendable.push(...this.#coinsOf(tx))
      yield block
    }
  }

  #fanOut(coin: OwnCoin, count: number): Transaction {
    // Its own size, roughly, at two base units a virtual byte.
    const value = Math.floor((coin.value - 300 - 64 * count) / count)
    const outputs = Array.from({ length: count }, () => ({
      value,
      scriptPubKey: this.#anyKey().scriptPubKey,
    }))
    return this.#sign([coin], outputs)
  }

  /** Blocks of payments, each of which spends coins picked from all that earlier blocks have left. */
  *payments(): Generator<Block> {
    const { blocks, transactions } = this.#plan
    for (let index = 0; index < blocks; index++) {
      const count =
        Math.floor(((index + 1) * transactions) / blocks) - Math.floor((index * transactions) / blocks)
      const made = Array.from({ length: count }, () => this.#pay())
      const { block } = this.#mine(made, 1)
      for (const tx of made)
        for (const coin of this.#coinsOf(tx)) if (coin.value >= LEAST_SPENT) this.#spendable.push(coin)
      yield block
    }
  }

  #pay(): Transaction {
    const coins = Array.from({ length: this.#plan.inputs }, () => this.#take())
    const sum = coins.reduce((sum, coin) => sum + coin.value, 0)
    const total = sum - this.#fee(sum)
    // Between three and seven tenths are paid, the rest is change.
    const paid = Math.floor((total * (300 + this.#random.below(401))) / 1_000)
    return this.#sign(coins, [
      { value: paid, scriptPubKey: this.#anyKey().scriptPubKey },
      { value: total - paid, scriptPubKey: this.#anyKey().scriptPubKey },
    ])
  }

  #fee(spent: number): number {
    const { inputs, feeSpread } = this.#plan
    const least = FEE_PER_INPUT * inputs
    if (feeSpread === undefined) return least
    // A quarter at most, so that there is something to pay with.
    return Math.min(least + this.#random.below(feeSpread * inputs), Math.max(least, Math.floor(spent / 4)))
  }

  /** Any of the coins that can be spent, each as likely as another. */
  #take(): OwnCoin {
    const index = this.#random.below(this.#spendable.length)
    const coin = this.#spendable[index]!
    const last = this.#spendable.pop()!
    if (last !== coin) this.#spendable[index] = last
    return coin
  }
}

async function makePaymentChain(plan: PaymentPlan, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`
  await mkdir(unfinished)
  try {
    const maker = new PaymentMaker(plan)
    const lengths: number[] = []
    let setUpBlocks = 0
    {
      await using file = await open(join(unfinished, BLOCKS_FILE), 'w')
      const write = async (block: Block) => {
        await file.writeFile(block.bytes)
        lengths.push(block.bytes.length)
      }
      for (const block of maker.setUp()) await write(block)
      setUpBlocks = lengths.length
      maker.checks.length = 0
      for (const block of maker.payments()) await write(block)
    }
    const manifest: PaymentManifest = {
      plan,
      setUpBlocks,
      lengths,
      tip: maker.tip.hash,
      unspent: maker.unspent,
      lastTime: maker.tip.header.time,
    }
    await writeFile(join(unfinished, CHECKS_FILE), concatBytes(...maker.checks))
    await writeFile(join(unfinished, MANIFEST_FILE), JSON.stringify(manifest))
    // Another process may have made the same one meanwhile.
    if (!existsSync(folder)) await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

const { plan, folder } = childJob<{ readonly plan: PaymentPlan; readonly folder: string }>()
await makePaymentChain(plan, folder)
reportOutcome({ made: true })
