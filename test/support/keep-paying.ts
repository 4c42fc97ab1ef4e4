import { setTimeout as delay } from 'node:timers/promises'
import { toHex } from '../../src/base/bytes.ts'
import { errorCode } from '../../src/base/errors.ts'
import { parseHashId, type Txid } from '../../src/primitives/hash.ts'
import { addressOf } from './api-node.ts'
import { pay, type TestKey } from './key.ts'
import type { NodeProcess } from './node-process.ts'

const FEE = 1_000

/** Pays a key's own coins to itself, over and over, until stopped: something to receive, in and between blocks. */
export function keepPaying({ client }: NodeProcess, key: TestKey): { stop(): Promise<number> } {
  const stopping = new AbortController()
  let paid = 0
  const work = async () => {
    while (!stopping.signal.aborted) {
      const { coins } = await client.coins([addressOf(key)])
      const free = coins.filter(({ status, spentBy }) => status === 'confirmed' && spentBy === null).slice(-3)
      for (const { txid, vout, value } of free) {
        const outPoint = { txid: parseHashId<Txid>(txid)!, vout }
        const output = { value: value - FEE, scriptPubKey: key.scriptPubKey }
        const { bytes } = pay([{ outPoint, coin: { value }, key }], [output])
        try {
          await client.submit(toHex(bytes))
          paid += 1
        } catch (error) {
          // A block between the question and the payment may have moved the coin.
          if (errorCode(error) === 'node-unreachable') throw error
        }
      }
      await delay(50)
    }
  }
  const done = work()
  done.catch(() => {})
  return {
    async stop() {
      stopping.abort()
      await done
      return paid
    },
  }
}
