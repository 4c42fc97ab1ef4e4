import { type ChainService, createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { createMempool, DEFAULT_MEMPOOL_OPTIONS, type MempoolService } from '../../src/mempool/mempool.ts'
import type { MempoolOptions } from '../../src/mempool/mempool-view.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { createSignatures } from '../../src/platform/node/signatures.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import type { SignatureCheck } from '../../src/script/signature-check.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { DEV } from '../support/test-chain.ts'

/*
 * The one place where the benches of the engine say how it is put together: as `createNode` does it, without a network.
 */

export interface EngineOptions {
  /** of the LevelDB */
  readonly folder: string
  /** both optional indexes, or none */
  readonly indexes: boolean
  /** Unix seconds that the clock shows at least, so that blocks with later times are not too new */
  readonly lastTime: number
}

export interface Engine {
  readonly chain: ChainService
  /** shows at least `lastTime` */
  readonly clock: Clock
  /** follows the chain */
  readonly mempool: MempoolService
  /** Another one on the same chain, which does not follow it and has verified nothing yet. */
  freshMempool(options: MempoolOptions): MempoolService
  /** Decodes a block and hands it to the chain, as when its body has come; may be called before the last one is done. */
  offer(bytes: Uint8Array): Promise<void>
  /** Resolves when everything is durable. */
  stop(): Promise<void>
  /** Lets go of files and threads. */
  close(): Promise<void>
}

export async function openEngine({ folder, indexes, lastTime }: EngineOptions): Promise<Engine> {
  const clock = { ...systemClock, now: () => Math.max(systemClock.now(), lastTime * 1_000) }
  const logger = SILENT_LOGGER
  const level = await openLevelStore(folder, systemClock)
  const signatures = await createSignatures()
  await signatures.start()
  const store = createChainStore(createCheckedStore(level), { addresses: indexes, transactions: indexes })
  const verified = createVerifiedTransactions()
  const chain = createChain(DEV, { store, signatures, verified, clock, random: systemRandom, logger })
  const mempool = createMempool(DEFAULT_MEMPOOL_OPTIONS, { chain, signatures, verified, clock, logger })
  chain.follow(mempool)
  await chain.start()
  return {
    chain,
    clock,
    mempool,
    freshMempool: (options) =>
      createMempool(options, { chain, signatures, verified: createVerifiedTransactions(), clock, logger }),
    async offer(bytes) {
      const block = decodeBlock(bytes)
      if (!block.ok) throw block.error
      const accepted = await chain.acceptBlock(block.value)
      if (!accepted.ok) throw new Error(`${accepted.error.code} ${JSON.stringify(accepted.error.details)}`)
    },
    stop: () => chain.stop(),
    async close() {
      await signatures.close()
      await level.close()
    },
  }
}

/** The library's own rate is measured with this: the very call that the node's backend makes for one signature. */
export async function createNativeVerify(): Promise<(check: SignatureCheck & { kind: 'single' }) => boolean> {
  const { default: native } = await import('secp256k1/bindings.js')
  return ({ publicKey, digest, signature }) => native.ecdsaVerify(signature, digest, publicKey)
}
