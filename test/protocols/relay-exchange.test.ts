import { describe, expect, it } from 'vitest'
import { decodeCompactBlock, encodeCompactBlock } from '../../protocols/compact-block.ts'
import { createRelayClient } from '../../protocols/relay/client.ts'
import { encodeRequest, encodeResponse, type RelayResponse } from '../../protocols/relay/codec.ts'
import { handleRelay, type RelayHandlerDependencies } from '../../protocols/relay/handler.ts'
import {
  BLOCK_WAIT_MS,
  CLIENT_LIMITS,
  FRAME_TIMEOUT_MS,
  MAX_TURNS_PER_PEER,
  relayProtocol,
  SERVER_LIMITS,
} from '../../protocols/relay/protocol.ts'
import type { WireFault } from '../../protocols/wire-fault.ts'
import { concatBytes } from '../../src/base/bytes.ts'
import { makeBlock } from '../../src/primitives/block.ts'
import type { BlockHash, Txid, Wtxid } from '../../src/primitives/hash.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { pay, testKey } from '../support/key.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { settle, until } from '../support/network-node.ts'
import { DEV } from '../support/test-chain.ts'

const UNKNOWN = 'ab'.repeat(32) as BlockHash & Txid & Wtxid
const KEY = testKey('relay')
const TRANSACTIONS: readonly Transaction[] = Array.from({ length: 5 }, (_, vout) =>
  pay(
    [{ outPoint: { txid: UNKNOWN, vout }, coin: { value: 1_000 }, key: KEY }],
    [{ value: 900, scriptPubKey: KEY.scriptPubKey }],
  ),
)
const [FIRST, SECOND] = TRANSACTIONS as [Transaction, Transaction]
const WHOLE = makeBlock(DEV.genesis.header, TRANSACTIONS)
const BLOCK = WHOLE.hash
const COMPACT = encodeCompactBlock(WHOLE, new Uint8Array(8))

async function setting(overrides: Partial<RelayHandlerDependencies> = {}) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const [server, asker] = [network.join('server'), network.join('asker')]
  const faults: WireFault[] = []
  const stop = await handleRelay({
    transport: server,
    network: DEV,
    clock,
    onFault: (_, fault) => faults.push(fault),
    compactBlock: async (hash) => (hash === BLOCK ? COMPACT : undefined),
    blockTransactions: async (hash, indexes) =>
      hash === BLOCK ? indexes.map((index) => TRANSACTIONS[index]!.bytes) : undefined,
    transaction: ({ kind, id }) => TRANSACTIONS.find((each) => each[kind] === id)?.bytes,
    inventory: (minFeeRate, max) => TRANSACTIONS.map(({ wtxid }) => wtxid).slice(0, minFeeRate > 2 ? 0 : max),
    ...overrides,
  })
  asker.connect(server)
  const client = createRelayClient({ transport: asker, clock, network: DEV }, server.self)
  const open = () => asker.open(server.self, relayProtocol(DEV), CLIENT_LIMITS)
  return { clock, server, asker, faults, stop, client, open }
}

/** A client whose server answers each request with these responses. */
async function askLiar(...responses: readonly RelayResponse[]) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const [server, asker] = [network.join('server'), network.join('asker')]
  await server.handle(relayProtocol(DEV), SERVER_LIMITS, async (stream) => {
    while ((await stream.receive()) !== undefined)
      for (const response of responses) await stream.send(encodeResponse(response))
  })
  asker.connect(server)
  return createRelayClient({ transport: asker, clock, network: DEV }, server.self)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('relay exchange', () => {
  it('gives a block’s transactions by their places, and says where the block is not there', async () => {
    const { client } = await setting()
    const found = await client.blockTransactions(BLOCK, [0, 3])
    expect(found.ok && found.value?.map(({ wtxid }) => wtxid)).toEqual(
      [0, 3].map((index) => TRANSACTIONS[index]!.wtxid),
    )
    expect(await client.blockTransactions(UNKNOWN, [0])).toEqual({ ok: true, value: undefined })
  })

  it('gives a block in its compact form', async () => {
    const { client } = await setting()
    expect(await client.compactBlock(BLOCK)).toEqual(decodeCompactBlock(COMPACT))
    expect(await client.compactBlock(UNKNOWN)).toEqual({ ok: true, value: undefined })
  })

  it('waits for a block that the server is putting together', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly Uint8Array[]>()
    const { clock, client } = await setting({ blockTransactions: () => promise })
    const asked = client.blockTransactions(BLOCK, [0])
    await clock.advance(BLOCK_WAIT_MS - 100)
    resolve([FIRST.bytes])
    expect((await asked).ok && (await asked)).toMatchObject({ value: [{ wtxid: FIRST.wtxid }] })
  })

  it('says that the block is not there before the client gives up', async () => {
    expect(BLOCK_WAIT_MS).toBeLessThan(FRAME_TIMEOUT_MS)
    const { clock, client } = await setting({
      blockTransactions: (_, __, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    })
    let answer: unknown
    void client.blockTransactions(BLOCK, [0]).then((each) => {
      answer = each
    })
    const waited = await until(clock, 'it says so', () => answer !== undefined)
    expect(answer).toEqual({ ok: true, value: undefined })
    expect(waited).toBeGreaterThanOrEqual(BLOCK_WAIT_MS)
  })

  it('gives transactions by either id in the order asked for, and says which it lacks', async () => {
    const { client } = await setting()
    const answers = await collect(
      client.transactions({ wtxids: [SECOND.wtxid, UNKNOWN], txids: [FIRST.txid, UNKNOWN] }),
    )
    expect(
      answers.map((answer) => answer.ok && [answer.value.id.id, answer.value.transaction?.wtxid]),
    ).toEqual([
      [SECOND.wtxid, SECOND.wtxid],
      [UNKNOWN, undefined],
      [FIRST.txid, FIRST.wtxid],
      [UNKNOWN, undefined],
    ])
  })

  it('gives the inventory at or above a fee rate', async () => {
    const { client } = await setting()
    const all = TRANSACTIONS.map(({ wtxid }) => wtxid)
    expect(await client.inventory({ minFeeRate: 1.5 })).toEqual({ ok: true, value: all })
    expect(await client.inventory({ minFeeRate: 2.001 })).toEqual({ ok: true, value: [] })
    expect(await client.inventory({ minFeeRate: Number.MAX_VALUE })).toEqual({ ok: true, value: [] })
  })

  it('keeps one stream for requests of all kinds, and one each for those at once', async () => {
    const { server, client } = await setting()
    for (let i = 0; i < 3; i++) {
      await client.blockTransactions(BLOCK, [0])
      await collect(client.transactions({ txids: [FIRST.txid] }))
      await client.inventory({ minFeeRate: 0 })
    }
    expect(server.inboundStreams()).toBe(1)
    await Promise.all([0, 1, 2].map((index) => client.blockTransactions(BLOCK, [index])))
    await settle()
    expect(server.inboundStreams()).toBe(1)
    client.close()
    await settle()
    expect(server.inboundStreams()).toBe(0)
  })

  it('sends the next transaction only when the peer has taken the one before', async () => {
    let read = 0
    const big = new Uint8Array(100_000)
    const { clock, open } = await setting({
      transaction: () => {
        read += 1
        return big
      },
    })
    const stream = await open()
    const wtxids = new Array<Wtxid>(16).fill(UNKNOWN)
    await stream.send(encodeRequest({ kind: 'get-transactions', wtxids, txids: [] }))
    await clock.advance(1_000)
    await settle()
    expect(read).toBe(1)
    await stream.receive()
    await settle()
    expect(read).toBe(2)
  })

  it('answers so many requests of one peer at once, and no more', async () => {
    let reading = 0
    const { open } = await setting({
      blockTransactions: () => {
        reading += 1
        return new Promise(() => {})
      },
    })
    for (let i = 0; i < 4; i++) {
      const stream = await open()
      await stream.send(encodeRequest({ kind: 'get-block-transactions', block: BLOCK, indexes: [0] }))
    }
    await settle()
    expect(reading).toBe(MAX_TURNS_PER_PEER)
    await expect(open()).rejects.toThrow('too many streams')
  })

  it('resets a stream that brings no request, and says whose it was', async () => {
    const { faults, open } = await setting()
    const stream = await open()
    await stream.send(Uint8Array.of(0xff))
    await expect(stream.receive()).rejects.toThrow()
    expect(faults.map(({ code }) => code)).toEqual(['message-malformed'])
  })

  it('gives an answer up that does not begin within ten seconds', async () => {
    const { clock, client } = await setting({ inventory: () => [] })
    const silent = await setting({ blockTransactions: () => new Promise(() => {}) })
    expect(await client.inventory({ minFeeRate: 0 })).toEqual({ ok: true, value: [] })
    let error: unknown
    const stopped = silent.client.blockTransactions(BLOCK, [0], {
      signal: AbortSignal.abort(new Error('no')),
    })
    await expect(stopped).rejects.toThrow('no')
    silent.client.blockTransactions(BLOCK, [0]).catch((thrown: unknown) => {
      error = thrown
    })
    await until(silent.clock, 'it gives up', () => error !== undefined)
    expect(error).toMatchObject({ code: 'deadline-exceeded' })
    expect(clock.monotonic()).toBe(0)
  })

  it.each<[string, WireFault['code'], RelayResponse]>([
    ['another kind', 'answer-unasked', { kind: 'block-transactions', bytes: COMPACT }],
    ['another block that is not there', 'answer-unasked', { kind: 'not-found', id: BLOCK }],
    ['another block', 'answer-unasked', { kind: 'compact-block', bytes: COMPACT }],
    ['half a block', 'message-malformed', { kind: 'compact-block', bytes: COMPACT.subarray(0, 100) }],
  ])('calls it a breach to answer for a compact block with %s', async (_, code, response) => {
    const client = await askLiar(response)
    expect(await client.compactBlock(UNKNOWN)).toMatchObject({ ok: false, error: { code } })
  })

  it.each<[string, WireFault['code'], RelayResponse]>([
    ['another kind', 'answer-unasked', { kind: 'inventory', wtxids: [] }],
    ['another block that is not there', 'answer-unasked', { kind: 'not-found', id: UNKNOWN }],
    ['fewer transactions', 'message-malformed', { kind: 'block-transactions', bytes: FIRST.bytes }],
    [
      'more transactions',
      'message-malformed',
      { kind: 'block-transactions', bytes: concatBytes(FIRST.bytes, SECOND.bytes, FIRST.bytes) },
    ],
  ])('calls it a breach to answer for a block with %s', async (_, code, response) => {
    const client = await askLiar(response)
    expect(await client.blockTransactions(BLOCK, [0, 1])).toMatchObject({ ok: false, error: { code } })
  })

  it.each<[string, WireFault['code'], RelayResponse]>([
    ['another transaction', 'answer-unasked', { kind: 'transaction', bytes: SECOND.bytes }],
    ['another kind', 'answer-unasked', { kind: 'block-transactions', bytes: FIRST.bytes }],
    ['another id that is not there', 'answer-unasked', { kind: 'not-found', id: UNKNOWN }],
    ['bytes that are no transaction', 'message-malformed', { kind: 'transaction', bytes: Uint8Array.of(1) }],
  ])('calls it a breach to answer for a transaction with %s', async (_, code, response) => {
    for (const ids of [{ wtxids: [FIRST.wtxid] }, { txids: [FIRST.txid] }]) {
      const client = await askLiar(response)
      expect(await collect(client.transactions(ids))).toMatchObject([{ ok: false, error: { code } }])
    }
  })

  it('calls it a breach to answer for the inventory with something else', async () => {
    const client = await askLiar({ kind: 'not-found', id: UNKNOWN })
    expect(await client.inventory({ minFeeRate: 0 })).toMatchObject({ error: { code: 'answer-unasked' } })
  })

  it('ends its streams when it is stopped', async () => {
    const { server, client, stop } = await setting()
    await client.inventory({ minFeeRate: 0 })
    await stop()
    await settle()
    expect(server.inboundStreams()).toBe(0)
    await expect(client.inventory({ minFeeRate: 0 })).rejects.toMatchObject({ code: 'protocol-unsupported' })
  })
})
