import { encodeTransactionMessage } from '../../../protocols/gossip/codec.ts'
import { transactionTopic } from '../../../protocols/gossip/protocol.ts'
import { makeTransaction, type Transaction } from '../../../src/primitives/transaction.ts'
import { pay } from '../../../test/support/key.ts'
import { keepAttacking } from '../attackers.ts'
import { type OwnedCoin, SIM_NETWORK } from '../history.ts'
import { populate } from '../population.ts'
import type { Scenario } from '../scenario.ts'
import { verdict } from '../verdicts.ts'

const ATTACKERS = 4
const LIFE_MS = 120_000
/** From one transaction of an attacker to its next. */
const EVERY_MS = 400
/** Of what they send: signatures that do not hold, and fees below the least; the others are valid and cheap. */
const BAD_SIGNATURE = 0.05
const LOW_FEE = 0.5

/** As long as those of a signed one. */
const NO_SIGNATURE = [new Uint8Array(71), new Uint8Array(33)]

/** Of a coin, to its own key; unsigned where nobody comes to look at the signature. */
function spend({ outPoint, value, key }: OwnedCoin, fee: number, signed = true): Transaction {
  const outputs = [{ value: value - fee, scriptPubKey: key.scriptPubKey }]
  if (signed) return pay([{ outPoint, coin: { value }, key }], outputs)
  const input = { prevout: outPoint, scriptSig: new Uint8Array(0), sequence: 0, witness: NO_SIGNATURE }
  return makeTransaction({ version: 2, lockTime: 0, inputs: [input], outputs })
}

/** The same with another signature's last byte. */
function spoil(transaction: Transaction): Transaction {
  const [input] = transaction.inputs
  const signature = input!.witness[0]!.slice()
  signature[signature.length - 2]! ^= 1
  return makeTransaction({
    ...transaction,
    inputs: [{ ...input!, witness: [signature, input!.witness[1]!] }],
  })
}

export const transactionFlood: Scenario = {
  name: 'transaction-flood',
  summary:
    'attackers send ten transactions a second: below the least fee, with bad signatures, or valid and cheap',
  leastNodes: 6,
  leastMinutes: 3,
  stage(world) {
    populate(world)
    const chance = world.chance.fork('flood')
    const coins = [...world.history.hostileCoins]
    const topic = transactionTopic(SIM_NETWORK)
    let sent = 0
    function make(): Transaction {
      const at = chance.below(coins.length)
      const coin = coins[at]!
      const kind = chance.fraction()
      if (kind < BAD_SIGNATURE) return spoil(spend(coin, 500 + chance.below(1000)))
      if (kind < BAD_SIGNATURE + LOW_FEE) return spend(coin, chance.below(100), false)
      // Valid: it may be taken, and replaced by what spends it.
      const transaction = spend(coin, 120 + chance.below(30))
      coins[at] = {
        ...coin,
        outPoint: { txid: transaction.txid, vout: 0 },
        value: transaction.outputs[0]!.value,
      }
      return transaction
    }
    const stop = keepAttacking(world, { count: ATTACKERS, lifeMs: LIFE_MS }, (plan) => ({
      ...plan,
      started({ clock, transport }) {
        const next = (): void =>
          void clock.after(chance.exponential(EVERY_MS), () => {
            sent += 1
            void transport.publish(topic, encodeTransactionMessage(make().bytes))
            next()
          })
        next()
      },
    }))
    return {
      end: stop,
      check: () => [verdict('transactions were sent', sent > 0, `${sent} transactions`)],
      figures: () => ({ floodTransactions: sent }),
    }
  },
}
