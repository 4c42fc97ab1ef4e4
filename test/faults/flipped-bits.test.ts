import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorCode } from '../../src/base/errors.ts'
import { openChainDatabase } from '../../src/platform/node/chain-database.ts'
import type { ChainControl, ChainView } from '../../src/ports/chain.ts'
import { HISTORY_SCRIPTS } from '../support/branch-history.ts'
import { flipped } from '../support/database-copy.ts'
import {
  copyDirectory,
  createHistoryDirectories,
  type HistoryDirectories,
  openChainIn,
} from '../support/history-directories.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { findRecords, type StoredRecord } from '../support/stored-records.ts'
import { createTestChain } from '../support/test-chain.ts'

const KINDS = ['header', 'block', 'undo', 'coin', 'transaction', 'address', 'meta'] as const
const FORKS = 25
const FLIPS = 6

let directories: HistoryDirectories
beforeAll(async () => {
  directories = await createHistoryDirectories(FORKS)
})
afterAll(() => directories.remove())

const random = createSeededRandom('damage')

/** So many of them, spread over all. */
const pick = <T>(all: readonly T[], count: number): T[] =>
  Array.from({ length: Math.min(count, all.length) }, (_, i) => {
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * all.length) / Math.min(count, all.length)))
    return all[from! + random.below(to! - from!)]!
  })

type Part = 'value' | 'key'

/** A bit of the record's value, or one of its key. */
const bitOf = ({ value, lastKeyByte }: StoredRecord, part: Part): number =>
  (part === 'key' ? lastKeyByte : value.from + random.below(value.to - value.from)) * 8 + random.below(8)

const DAMAGED = { code: 'database-damaged', message: expect.stringContaining('run `cairn reindex`') }

describe.each(['clean', 'crashed'] as const)('a data directory after a process that ended %s', (ending) => {
  it('is whole as long as nobody touches it', async () => {
    const { control } = directories
    await using left = await openChainIn(await copyDirectory(directories[ending]))
    await control.expectState(left.chain, control.offers.length)
    await control.expectIndexes(left.chain)
  })

  it('is refused, and the way out is told, where one bit of a record of any kind is flipped', async () => {
    const dataDirectory = directories[ending]
    const folder = join(dataDirectory, 'chain')
    const records = await findRecords(folder)
    const flips: Record<string, number> = {}
    for (const kind of KINDS)
      for (const place of ['.ldb', '.log'])
        for (const part of ['value', 'key'] as const) {
          const chosen = records.filter((record) => record.kind === kind && record.file.endsWith(place))
          for (const record of pick(chosen, FLIPS)) {
            const path = join(folder, record.file)
            const bytes = new Uint8Array(await readFile(path))
            await writeFile(path, flipped(bytes, bitOf(record, part)))
            const opened = openChainDatabase(dataDirectory)
            await expect(opened, `${part} of a ${kind} in ${record.file}`).rejects.toMatchObject({
              ...DAMAGED,
              details: { file: record.file },
            })
            await writeFile(path, bytes)
          }
          flips[`${kind} ${part}`] = (flips[`${kind} ${part}`] ?? 0) + Math.min(FLIPS, chosen.length)
        }
    console.info(ending, flips)
    expect(Math.min(...Object.values(flips))).toBeGreaterThan(3)
  })
})

/** What a chain says to a fixed list of questions; to some it may answer that its database is damaged. */
async function answersOf(chain: ChainView & ChainControl): Promise<Map<string, unknown>> {
  const answers = new Map<string, unknown>()
  const ask = async (question: string, answer: () => Promise<unknown>) => {
    try {
      answers.set(question, await answer())
    } catch (error) {
      if (errorCode(error) !== 'record-damaged') throw error
      expect((error as Error).message).toContain('run `cairn reindex`')
      answers.set(question, 'damaged')
    }
  }
  await ask('tip', async () => chain.tip().hash)
  await ask('statistics', () => chain.coinStatistics())
  for (const script of HISTORY_SCRIPTS) await ask(`coins of ${script}`, () => chain.coinsOfScript(script))
  for (const { block } of directories.control.offers) {
    await ask(`block ${block.hash}`, () => chain.blockBytes(block.hash))
    for (const { txid, outputs } of block.transactions) {
      await ask(`transaction ${txid}`, () => chain.transactionBlock(txid))
      for (const vout of outputs.keys()) await ask(`coin ${txid} ${vout}`, () => chain.coin({ txid, vout }))
    }
  }
  // Deep enough that most undo data is read.
  const forked = chain.entryAt(20)!
  await ask('reorganisation', async () => {
    await chain.invalidate(forked.hash)
    return [chain.tip().hash, await chain.coinStatistics()]
  })
  return answers
}

describe('damage in a part of the database that a start has not read', () => {
  let expected: Map<string, unknown>
  beforeAll(async () => {
    const { chain } = await createTestChain()
    for (const { block } of directories.control.offers) await chain.acceptBlock(block)
    expected = await answersOf(chain)
  })

  /** What the questions come to where a bit of a record's value is flipped. */
  async function outcomeOf(record: StoredRecord): Promise<string> {
    const copy = await copyDirectory(directories.clean)
    const path = join(copy, 'chain', record.file)
    await writeFile(path, flipped(new Uint8Array(await readFile(path)), bitOf(record, 'value')))
    let left: Awaited<ReturnType<typeof openChainIn>>
    try {
      left = await openChainIn(copy, { maxBytes: 0 })
    } catch (error) {
      expect(errorCode(error)).toMatch(/^(?:record|database)-damaged$/)
      return 'refused at the start'
    }
    await using _ = left
    const answers = await answersOf(left.chain)
    const others = [...expected].filter(
      ([question, answer]) => answers.get(question) !== 'damaged' && !isEqual(answers.get(question), answer),
    )
    if (others.length > 0) return `another answer to ${others.map(([question]) => question)}`
    return [...answers.values()].includes('damaged') ? 'refused when it is read' : 'of no account'
  }

  it('in a value is told of when that is read, and never changes an answer', async () => {
    const records = await findRecords(join(directories.clean, 'chain'))
    const outcomes: Record<string, number> = {}
    for (const kind of KINDS) {
      const chosen = records.filter((record) => record.kind === kind && record.file.endsWith('.ldb'))
      for (const record of pick(chosen, FLIPS)) {
        const outcome = `${kind}: ${await outcomeOf(record)}`
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      }
    }
    console.info(outcomes)
    expect(Object.keys(outcomes).join()).not.toContain('another answer')
    for (const kind of ['block', 'undo', 'coin', 'transaction', 'address'])
      expect(outcomes[`${kind}: refused when it is read`], kind).toBeGreaterThan(0)
    for (const kind of ['header', 'meta'])
      expect(outcomes[`${kind}: refused at the start`], kind).toBeGreaterThan(0)
  }, 60_000)

  it('is found before the next start where the process did not stop in order', async () => {
    const copy = await copyDirectory(directories.crashed)
    const records = (await findRecords(join(copy, 'chain'))).filter(({ file }) => file.endsWith('.ldb'))
    for (const record of pick(records, 20)) {
      const path = join(copy, 'chain', record.file)
      const bytes = new Uint8Array(await readFile(path))
      await writeFile(path, flipped(bytes, bitOf(record, 'key')))
      await expect(openChainDatabase(copy, { maxBytes: 0 })).rejects.toMatchObject(DAMAGED)
      await writeFile(path, bytes)
    }
  })
})

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
