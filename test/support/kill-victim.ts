import { once } from 'node:events'
import { readFileSync, writeSync } from 'node:fs'
import { fromHex } from '../../src/base/bytes.ts'
import { errorCode } from '../../src/base/errors.ts'
import { createChain } from '../../src/chain/chain.ts'
import { createVerifiedTransactions } from '../../src/chain/verified-transactions.ts'
import { openChainDatabase } from '../../src/platform/node/chain-database.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { createSignatures } from '../../src/platform/node/signatures.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { createChainStore } from '../../src/storage/chain-store.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import type { StoredHistory, VictimOrder, VictimStep } from './kill-rounds.ts'
import { DEV } from './test-chain.ts'

/*
 * What a process does that is to be killed: it takes the blocks of a history into a chain on disk, wired as a node does
 * it, from where the one before it was killed. A line tells of each step before it is begun, and of each block once it
 * has been accepted; a pipe takes them at once. It begins when it is told where: everything is loaded then.
 */
const [historyFile] = process.argv.slice(2)

/** Small, so that a table of LevelDB follows every few dozen blocks. */
const WRITE_BUFFER_BYTES = 65_536
/** Between two attempts to write to a disk that takes nothing. */
const RETRY_MS = 20

const say = (line: VictimStep | number): void => void writeSync(1, `${line}\n`)

const history: StoredHistory = JSON.parse(readFileSync(historyFile!, 'utf8'))
const offers = history.map(({ hex, reorganises }) => {
  const block = decodeBlock(fromHex(hex)!)
  if (!block.ok) throw block.error
  return { block: block.value, reorganises }
})
const signatures = await createSignatures()
say('loaded')
const [order] = await once(process.stdin, 'data')
const { dataDirectory, maxCacheBytes, atOnce }: VictimOrder = JSON.parse(String(order))

say('opening')
const database = await openChainDatabase(dataDirectory, { writeBufferSize: WRITE_BUFFER_BYTES })
const chainStore = createChainStore(createCheckedStore(database.store), {
  addresses: true,
  transactions: true,
})
let step: VictimStep = 'recovering'
const begin = (next: VictimStep): void => {
  step = next
  say(next)
}
const chain = createChain(
  DEV,
  {
    store: {
      ...chainStore,
      async flushCoins(...flush) {
        say('flushing')
        try {
          await chainStore.flushCoins(...flush)
        } finally {
          say(step)
        }
      },
    },
    signatures,
    verified: createVerifiedTransactions(),
    clock: systemClock,
    random: systemRandom,
    logger: SILENT_LOGGER,
  },
  { maxCacheBytes },
)
begin('recovering')
await chain.start()
begin('connecting')

/** Does again what a full disk refuses, and has all questions answered meanwhile. */
async function untilTaken<T>(job: () => Promise<T>): Promise<T> {
  for (let refused = false; ; refused = true) {
    try {
      const done = await job()
      if (refused) begin('connecting')
      return done
    } catch (error) {
      if (errorCode(error) !== 'disk-full') throw error
      begin('refused')
      await chain.coinStatistics()
      await systemClock.sleep(RETRY_MS)
    }
  }
}

const underWay = new Set<Promise<void>>()
async function offer(number: number): Promise<void> {
  const accepted = await untilTaken(() => chain.acceptBlock(offers[number - 1]!.block))
  if (!accepted.ok) throw new Error(`block ${number}: ${accepted.error.code}`)
  say(number)
}
for (let number = 1; number <= offers.length; number++) {
  const { block, reorganises } = offers[number - 1]!
  if (chain.hasBody(block.hash)) continue
  if (reorganises) {
    await Promise.all(underWay)
    begin('reorganising')
    await offer(number)
    begin('connecting')
    continue
  }
  const done = offer(number).then(() => void underWay.delete(done))
  underWay.add(done)
  if (underWay.size >= atOnce) await Promise.race(underWay)
}
await Promise.all(underWay)
begin('stopping')
await chain.stop().catch((error) => {
  if (errorCode(error) !== 'disk-full') throw error
})
await database.close()
say('done')
process.exit()
