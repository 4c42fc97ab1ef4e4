/** Connects blocks whose payments are all in the mempool: `node warm-main.ts '<WarmJob>'` prints a `WarmOutcome`. */
import { setImmediate as turn } from 'node:timers/promises'
import { type Block, decodeBlock } from '../../src/primitives/block.ts'
import { decodeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { childJob, reportOutcome } from './child.ts'
import { watchOtherLoad } from './other-load.ts'
import { openPaymentChain, readBlocks } from './payment-chain.ts'
import { type Engine, openEngine } from './replay-engine.ts'

export interface WarmJob {
  /** folder of the payment chain */
  readonly chain: string
  /** of a new LevelDB */
  readonly store: string
  readonly indexes: boolean
}

/** Of one block. */
export interface WarmRound {
  readonly transactions: number
  /** until all of its payments were in the mempool */
  readonly admitMs: number
  readonly decodeMs: number
  /** from the call of `acceptBlock` to its answer, by when the mempool has followed */
  readonly connectMs: number
}

export interface WarmOutcome {
  readonly rounds: readonly WarmRound[]
  /** cores that other processes used on average over all blocks */
  readonly otherCores: number
}

function decodedBlock(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes)
  if (!block.ok) throw block.error
  return block.value
}

/** A payment as a peer sends it: decoded on its own, from bytes of its own. */
function decodedAlone({ bytes }: Transaction): Transaction {
  const tx = decodeTransaction(bytes.slice())
  if (!tx.ok) throw tx.error
  return tx.value
}

async function connectWarm(engine: Engine, bytes: Uint8Array): Promise<WarmRound> {
  const { chain, mempool } = engine
  const payments = decodedBlock(bytes).transactions.slice(1).map(decodedAlone)
  const admitFrom = performance.now()
  const admitted = await Promise.all(payments.map((tx) => mempool.accept(tx)))
  const admitMs = performance.now() - admitFrom
  for (const each of admitted) if (!each.ok) throw new Error(`a payment was refused: ${each.error.code}`)
  await turn()

  const decodeFrom = performance.now()
  const block = decodedBlock(bytes)
  const connectFrom = performance.now()
  const accepted = await chain.acceptBlock(block)
  const connectMs = performance.now() - connectFrom
  if (!accepted.ok || !accepted.value.connected) throw new Error('a block was not connected')
  if (mempool.size !== 0) throw new Error(`${mempool.size} payments are left in the mempool`)
  return { transactions: payments.length, admitMs, decodeMs: connectFrom - decodeFrom, connectMs }
}

async function measure(job: WarmJob): Promise<WarmOutcome> {
  const chain = await openPaymentChain(job.chain)
  const engine = await openEngine({ folder: job.store, indexes: job.indexes, lastTime: chain.lastTime })
  const rounds: WarmRound[] = []
  for await (const bytes of readBlocks(chain, 0, chain.setUpBlocks)) await engine.offer(bytes)
  const otherCores = watchOtherLoad()
  for await (const bytes of readBlocks(chain, chain.setUpBlocks, chain.lengths.length))
    rounds.push(await connectWarm(engine, bytes))
  const outcome = { rounds, otherCores: otherCores() }
  await engine.stop()
  await engine.close()
  return outcome
}

reportOutcome(await measure(childJob<WarmJob>()))
