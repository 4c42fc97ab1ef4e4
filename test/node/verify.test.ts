import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verify } from '../../src/node/verify.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { openDataDirectory } from '../../src/platform/node/data-directory.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import type { Progress } from '../../src/ports/progress.ts'
import type { StoreWrite } from '../../src/ports/store.ts'
import type { Block } from '../../src/primitives/block.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { decodeUndo, encodeCoin, encodeUndo } from '../../src/storage/coin-records.ts'
import { decodeHeaderRecord, encodeHash, encodeHeaderRecord } from '../../src/storage/header-records.ts'
import {
  addressKey,
  blockKey,
  coinKey,
  headerKey,
  historyKey,
  metaKey,
  transactionKey,
  undoKey,
} from '../../src/storage/keyspace.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { buildBranch, emptyPlans } from '../support/branch-builder.ts'
import { pay, testKey } from '../support/key.ts'
import {
  devConfig,
  mineBusyBlocks,
  type StoredChain,
  storeChain,
  withStoredChain,
} from '../support/stored-chain.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { coinbaseInput, createTestChain } from '../support/test-chain.ts'

const BLOCKS = 60
let stored: StoredChain
beforeAll(async () => {
  stored = await storeChain(BLOCKS)
})
afterAll(() => stored.remove())

async function verified(dataDirectory: string, withSignatures = false) {
  const progress: Progress[] = []
  const dependencies = {
    clock: systemClock,
    random: systemRandom,
    report: (each: Progress) => void progress.push(each),
  }
  const config = await devConfig(dataDirectory)
  const outcome = await verify(config, dependencies, { withSignatures }, new AbortController().signal)
  return {
    ...outcome,
    progress,
    found: Object.fromEntries(outcome.findings.map(({ code, count }) => [code, count])),
  }
}

describe('a sound database', () => {
  it('is found to be sound, with all its signatures', async () => {
    const path = await stored.copy()
    const { findings, verified: seen } = await verified(path, true)
    expect(findings).toEqual([])
    expect(seen).toMatchObject({
      headers: BLOCKS + 1,
      bodies: BLOCKS + 1,
      height: BLOCKS,
      replayed: 'all',
      coins: stored.coins.count,
    })
  })
})

const sealed = (
  path: string,
  writes: (chain: { read(key: Uint8Array): Promise<Uint8Array> }) => Promise<StoreWrite[]>,
) =>
  withLevel(path, async (level) => {
    const store = createCheckedStore(level)
    const read = async (key: Uint8Array) => (await store.get(key))!
    await store.batch(await writes({ read }))
  })

async function withLevel(
  path: string,
  use: (level: Awaited<ReturnType<typeof openLevelStore>>) => Promise<void>,
) {
  const level = await openLevelStore(join(path, 'chain'))
  try {
    await use(level)
  } finally {
    await level.close()
  }
}

const at = (height: number): Block => stored.blocks[height - 1]!
/** A coin that the chain has made and not spent. */
const coinbaseOf = (height: number) => {
  const { txid, outputs } = at(height).transactions[0]!
  const { value, scriptPubKey } = outputs[0]!
  return { outPoint: { txid, vout: 0 }, coin: { value, scriptPubKey, height, coinbase: true } }
}

interface Damage {
  readonly what: string
  readonly found: Readonly<Record<string, number>>
  readonly replayed?: 'all' | 'none'
  damage(chain: { read(key: Uint8Array): Promise<Uint8Array> }): Promise<StoreWrite[]>
}

const SPENT = 20
const DAMAGES: readonly Damage[] = [
  {
    what: 'a missing coin',
    found: { 'coin-missing': 1 },
    async damage() {
      const { outPoint, coin } = coinbaseOf(BLOCKS)
      return [
        { key: coinKey(outPoint), value: undefined },
        { key: addressKey(coin.scriptPubKey, outPoint), value: undefined },
      ]
    },
  },
  {
    what: 'a coin that was spent and is back',
    found: { 'coin-unexpected': 1 },
    async damage() {
      const { outPoint, coin } = coinbaseOf(SPENT)
      return [
        { key: coinKey(outPoint), value: encodeCoin(coin) },
        { key: addressKey(coin.scriptPubKey, outPoint), value: new Uint8Array(0) },
      ]
    },
  },
  {
    what: 'a coin of another value',
    found: { 'coin-wrong': 1 },
    async damage() {
      const { outPoint, coin } = coinbaseOf(BLOCKS)
      return [{ key: coinKey(outPoint), value: encodeCoin({ ...coin, value: coin.value + 1 }) }]
    },
  },
  {
    what: 'a changed undo record',
    found: { 'undo-wrong': 1 },
    async damage({ read }) {
      const key = undoKey(at(SPENT).hash)
      const [coin, ...others] = decodeUndo(await read(key))
      return [{ key, value: encodeUndo([{ ...coin!, height: coin!.height - 1 }, ...others]) }]
    },
  },
  {
    what: 'an undo record that is too short',
    found: { 'undo-wrong': 1 },
    damage: async () => [{ key: undoKey(at(SPENT).hash), value: encodeUndo([]) }],
  },
  {
    what: 'a missing undo record',
    found: { 'undo-missing': 1 },
    damage: async () => [{ key: undoKey(at(SPENT).hash), value: undefined }],
  },
  {
    what: 'a missing body',
    found: { 'block-missing': 1 },
    replayed: 'none',
    damage: async () => [{ key: blockKey(at(SPENT).hash), value: undefined }],
  },
  {
    what: 'a body with the transactions of another',
    found: { 'block-wrong': 1 },
    replayed: 'none',
    async damage({ read }) {
      const own = await read(blockKey(at(SPENT).hash))
      const other = await read(blockKey(at(SPENT + 1).hash))
      return [
        {
          key: blockKey(at(SPENT).hash),
          value: Uint8Array.of(...own.subarray(0, 80), ...other.subarray(80)),
        },
      ]
    },
  },
  {
    what: 'a body that is no block',
    found: { 'block-wrong': 1 },
    replayed: 'none',
    damage: async () => [{ key: blockKey(at(SPENT).hash), value: new Uint8Array(90) }],
  },
  {
    what: 'a body under a hash that no header has',
    found: { 'block-unexpected': 1 },
    damage: async ({ read }) => [
      { key: Uint8Array.of(0x62, ...new Uint8Array(32)), value: await read(blockKey(at(SPENT).hash)) },
    ],
  },
  {
    what: 'a tip below that of the coins',
    found: { 'tip-wrong': 1, 'coin-unexpected': 4, 'coin-missing': 1 },
    damage: async () => [{ key: metaKey('tip'), value: encodeHash(at(BLOCKS - 1).hash) }],
  },
  {
    what: 'a tip that nobody knows',
    found: { 'tip-wrong': 1 },
    replayed: 'none',
    damage: async () => [{ key: metaKey('tip'), value: new Uint8Array(32) }],
  },
  {
    what: 'a connected tip that is missing',
    found: { 'tip-wrong': 1 },
    damage: async () => [{ key: metaKey('best'), value: undefined }],
  },
  {
    what: 'a header at another height',
    found: { 'header-wrong': 1 },
    async damage({ read }) {
      const key = headerKey(at(SPENT).hash)
      const record = decodeHeaderRecord(await read(key))
      return [{ key, value: encodeHeaderRecord({ ...record, height: SPENT + 1 }) }]
    },
  },
  {
    what: 'a header that says to be pruned and to have a body',
    found: { 'header-wrong': 1, 'undo-unexpected': 1 },
    async damage({ read }) {
      const key = headerKey(at(SPENT).hash)
      const record = decodeHeaderRecord(await read(key))
      return [{ key, value: encodeHeaderRecord({ ...record, pruned: true }) }]
    },
  },
  {
    what: 'a header without a parent',
    // With all that stands on it.
    found: {
      'header-unlinked': 1,
      'tip-wrong': 2,
      'block-unexpected': 2,
      'undo-unexpected': 2,
      'transaction-wrong': 4,
      'history-wrong': 6,
    },
    replayed: 'none',
    damage: async () => [{ key: headerKey(at(BLOCKS - 1).hash), value: undefined }],
  },
  {
    what: 'settings that cannot be',
    found: { 'meta-wrong': 1 },
    damage: async () => [{ key: metaKey('schema'), value: new TextEncoder().encode('1') }],
  },
  {
    what: 'a coin that the index of addresses lacks',
    found: { 'address-missing': 1 },
    async damage() {
      const { outPoint, coin } = coinbaseOf(BLOCKS)
      return [{ key: addressKey(coin.scriptPubKey, outPoint), value: undefined }]
    },
  },
  {
    what: 'a coin of another script in the index of addresses',
    found: { 'address-unexpected': 1 },
    async damage() {
      const { outPoint } = coinbaseOf(BLOCKS)
      return [{ key: addressKey(Uint8Array.of(0, 1, 2), outPoint), value: new Uint8Array(0) }]
    },
  },
  {
    what: 'a payment that the history of its address lacks',
    found: { 'history-missing': 1 },
    async damage() {
      const { coin } = coinbaseOf(BLOCKS)
      return [{ key: historyKey(coin.scriptPubKey, { height: BLOCKS, position: 0 }), value: undefined }]
    },
  },
  {
    what: 'another amount in the history of an address',
    found: { 'history-missing': 1, 'history-wrong': 1 },
    async damage({ read }) {
      const key = historyKey(coinbaseOf(BLOCKS).coin.scriptPubKey, { height: BLOCKS, position: 0 })
      const value = await read(key)
      // The last byte is what was spent: nothing.
      return [{ key, value: Uint8Array.of(...value.subarray(0, -1), 1) }]
    },
  },
  {
    what: 'a payment of a block that nobody knows in the history of an address',
    found: { 'history-wrong': 1 },
    damage: async () => [
      { key: historyKey(Uint8Array.of(0, 1, 2), { height: 1, position: 0 }), value: new Uint8Array(66) },
    ],
  },
  {
    what: 'a transaction that the index lacks',
    found: { 'transaction-missing': 1 },
    damage: async () => [{ key: transactionKey(at(SPENT).transactions[1]!.txid), value: undefined }],
  },
  {
    what: 'a transaction under another block of the chain',
    found: { 'transaction-missing': 1, 'transaction-wrong': 1 },
    damage: async () => [
      { key: transactionKey(at(SPENT).transactions[1]!.txid), value: encodeHash(at(SPENT + 1).hash) },
    ],
  },
  {
    what: 'a transaction under a block that nobody knows',
    found: { 'transaction-wrong': 1 },
    damage: async () => [{ key: Uint8Array.of(0x74, ...new Uint8Array(32)), value: new Uint8Array(32) }],
  },
  {
    what: 'records of no kind and of no form',
    found: { 'record-unknown': 1, 'record-malformed': 2 },
    damage: async () => [
      { key: Uint8Array.of(0x7a, 1), value: new Uint8Array(1) },
      { key: Uint8Array.of(0x63, 1), value: new Uint8Array(1) },
      { key: Uint8Array.of(0x61, 9, 1), value: new Uint8Array(0) },
    ],
  },
]

describe('a database that matches its checksums', () => {
  it.each(DAMAGES)('is found to have $what', async ({ damage, found, replayed = 'all' }) => {
    const path = await stored.copy()
    await sealed(path, damage)
    const outcome = await verified(path)
    expect(outcome.found).toEqual(found)
    expect(outcome.verified?.replayed).toBe(replayed)
  })
})

/** All files of a folder with their contents. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder)
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'base64')))
  return Object.fromEntries(names.map((name, i) => [name, contents[i]!]))
}

describe('the files of a database', () => {
  it('are not changed, and nothing is left beside them', async () => {
    const path = await stored.copy()
    const before = await contentsOf(join(path, 'chain'))
    await verified(path)
    expect(await contentsOf(join(path, 'chain'))).toEqual(before)
    expect(await readdir(path)).toEqual(['chain', 'lock'])
  })

  it('are not confused with what a killed verification has left', async () => {
    const path = await stored.copy()
    await mkdir(join(path, 'chain.copy'))
    await writeFile(join(path, 'chain.copy', 'CURRENT'), 'MANIFEST-000001\n')
    expect((await verified(path)).findings).toEqual([])
    expect(await readdir(path)).toEqual(['chain', 'lock'])
  })

  it('are found to be damaged by one flipped bit', async () => {
    const path = await stored.copy()
    const table = (await readdir(join(path, 'chain'))).find((name) => name.endsWith('.ldb'))!
    const bytes = await readFile(join(path, 'chain', table))
    bytes[1_000]! ^= 1
    await writeFile(join(path, 'chain', table), bytes)
    const { findings, verified: seen } = await verified(path)
    expect(findings).toMatchObject([
      { code: 'file-damaged', count: 1, examples: [expect.stringContaining(table)] },
    ])
    expect(seen).toBeUndefined()
  })

  it.each([
    ['body', blockKey, 'block-missing'],
    ['coin', () => coinKey(coinbaseOf(BLOCKS).outPoint), 'coin-missing'],
    ['undo data', undoKey, 'undo-missing'],
    ['transaction', () => transactionKey(at(SPENT).transactions[1]!.txid), 'transaction-missing'],
  ])('tell of a damaged record once, and not that it is missing: %s', async (_what, keyOf, consequence) => {
    const path = await stored.copy()
    const key = keyOf(at(SPENT).hash)
    await withLevel(path, async (level) => {
      const value = (await level.get(key))!.slice()
      value[3]! ^= 0x10
      await level.batch([{ key, value }])
    })
    const { found } = await verified(path)
    expect(found).toEqual({ 'record-damaged': 1 })
    expect(found).not.toHaveProperty(consequence)
  })
})

describe('a sound database in an unusual state', () => {
  const coins = async (path: string) => {
    const { findings, verified: seen } = await verified(path)
    expect(findings).toEqual([])
    return seen!
  }

  it('may have coins that are behind the connected tip, as a crash leaves them', async () => {
    const path = await stored.copy()
    await withLevel(path, async (level) => {
      const { mine } = await createTestChain({ store: createCheckedStore(level) })
      await mine()
      await mine()
    })
    expect(await coins(path)).toMatchObject({ height: BLOCKS, headers: BLOCKS + 3, replayed: 'all' })
  })

  it('may have branches that were left', async () => {
    const path = await stored.copy()
    await withStoredChain(path, async ({ chain, mine }) => {
      const fork = chain.entryAt(BLOCKS - 3)!
      for (const block of buildBranch(fork, emptyPlans(5, 'other'))) await chain.acceptBlock(block)
      expect(chain.tip().height).toBe(BLOCKS + 2)
      await mine()
    })
    expect(await coins(path)).toMatchObject({ height: BLOCKS + 3, headers: BLOCKS + 7 })
  })

  it('may be pruned: the coins are worked out as far as blocks are kept', async () => {
    const path = await stored.copy()
    await withStoredChain(
      path,
      async ({ chain, mine }) => {
        await mine()
        await chain.coinStatistics()
      },
      { prune: 20 },
    )
    expect(await coins(path)).toMatchObject({ height: BLOCKS + 1, replayed: 'kept blocks', bodies: 21 })
    await sealed(path, async () => [{ key: coinKey(coinbaseOf(BLOCKS).outPoint), value: undefined }])
    expect((await verified(path)).found).toEqual({ 'coin-missing': 1, 'address-unexpected': 1 })
  })

  it('may be without indexes', async () => {
    const path = await temporaryDirectory()
    await withLevel(path, async (level) => {
      const indexes = { addresses: false, transactions: false }
      const test = await createTestChain({ store: createCheckedStore(level), indexes })
      await mineBusyBlocks(test, 20)
      await test.chain.stop()
    })
    expect(await coins(path)).toMatchObject({ height: 20 })
  })

  it('hides a wrong signature only as long as signatures are not looked at', async () => {
    const path = await stored.copy()
    await withStoredChain(path, async ({ chain, mine, verified: known }) => {
      const somebody = testKey('somebody else').scriptPubKey
      const good = pay([coinbaseInput(at(BLOCKS - 9))], [{ value: 1_000, scriptPubKey: somebody }])
      const input = good.inputs[0]!
      const signature = input.witness[0]!.slice()
      signature[20]! ^= 1
      const bad = makeTransaction({
        ...good,
        inputs: [{ ...input, witness: [signature, input.witness[1]!] }],
      })
      // The chain takes it on trust.
      known.add(bad.wtxid)
      await mine({ transactions: [bad] })
      expect(chain.tip().height).toBe(BLOCKS + 1)
    })
    expect((await verified(path)).found).toEqual({})
    const { findings } = await verified(path, true)
    expect(findings).toMatchObject([
      { code: 'block-wrong', count: 1, examples: [expect.stringContaining('signature-invalid')] },
    ])
  })
})

describe('a verification', () => {
  it('needs a database, and one that nobody uses', async () => {
    const nowhere = join(await temporaryDirectory(), 'none')
    await expect(verified(nowhere)).rejects.toMatchObject({ code: 'no-database' })
    await expect(readdir(nowhere)).rejects.toMatchObject({ code: 'ENOENT' })
    const path = await stored.copy()
    const holder = await openDataDirectory({ path, network: 'dev', startedAt: 0 })
    await expect(verified(path)).rejects.toMatchObject({ code: 'data-directory-in-use' })
    await holder.release()
  })

  it('leaves a reindex that was interrupted to those that can finish it', async () => {
    const path = await stored.copy()
    await rename(join(path, 'chain'), join(path, 'chain.old'))
    await expect(verified(path)).rejects.toMatchObject({ code: 'reindex-interrupted' })
    expect(await readdir(path)).toEqual(['chain.old'])
  })

  it('ends when it is told to, and leaves nothing behind', async () => {
    const path = await stored.copy()
    const stop = new AbortController()
    const dependencies = {
      clock: systemClock,
      random: systemRandom,
      report: ({ step }: Progress) => {
        if (step === 'checking blocks') stop.abort(new Error('enough'))
      },
    }
    const running = verify(await devConfig(path), dependencies, { withSignatures: false }, stop.signal)
    await expect(running).rejects.toThrow('enough')
    expect(await readdir(path)).toEqual(['chain', 'lock'])
  })
})
