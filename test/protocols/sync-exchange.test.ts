import { describe, expect, it } from 'vitest'
import { createSyncClient } from '../../protocols/sync/client.ts'
import { encodeRequest } from '../../protocols/sync/codec.ts'
import { handleSync } from '../../protocols/sync/handler.ts'
import { CLIENT_LIMITS, MAX_TURNS_PER_PEER, syncProtocol } from '../../protocols/sync/protocol.ts'
import type { WireFault } from '../../protocols/wire-fault.ts'
import type { ChainView } from '../../src/ports/chain.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { settle, until } from '../support/network-node.ts'
import { withOverrides } from '../support/overrides.ts'
import { createTestChain, DEV } from '../support/test-chain.ts'

const UNKNOWN = 'ab'.repeat(32) as BlockHash

async function setting(overrides: Partial<ChainView> = {}) {
  const clock = createFakeClock()
  const network = createMemoryNetwork()
  const [server, asker] = [network.join('server'), network.join('asker')]
  const test = await createTestChain({ clock })
  const faults: WireFault[] = []
  const stop = await handleSync({
    transport: server,
    chain: withOverrides<ChainView>(
      test.chain,
      overrides.blockBytes === undefined ? overrides : { wasConnected: () => true, ...overrides },
    ),
    clock,
    onFault: (_, fault) => faults.push(fault),
  })
  asker.connect(server)
  const client = createSyncClient({ transport: asker, clock, network: DEV }, server.self)
  const open = () => asker.open(server.self, syncProtocol(DEV), CLIENT_LIMITS)
  return { clock, server, asker, test, faults, stop, client, open }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('sync exchange', () => {
  it('gives the headers after the first hash of the locator that the server has', async () => {
    const { test, client } = await setting()
    const blocks = await test.mineMany(20)
    const headers = await client.headers([UNKNOWN, blocks[9]!.hash, test.chain.genesis.hash])
    expect(headers.ok && headers.value.map(({ hash }) => hash)).toEqual(
      blocks.slice(10).map(({ hash }) => hash),
    )
  })

  it('gives blocks in the order in which they were asked for, and says which it lacks', async () => {
    const { test, client } = await setting()
    const blocks = await test.mineMany(3)
    const asked = [blocks[2]!.hash, UNKNOWN, blocks[0]!.hash]
    const answers = await collect(client.blocks(asked))
    expect(answers.map((answer) => answer.ok && [answer.value.hash, answer.value.bytes])).toEqual([
      [blocks[2]!.hash, blocks[2]!.bytes],
      [UNKNOWN, undefined],
      [blocks[0]!.hash, blocks[0]!.bytes],
    ])
  })

  it('hands no block on that was never connected', async () => {
    const { test, client } = await setting()
    await test.mineMany(2)
    const beside = await test.mine({ tag: 'beside' }, test.chain.genesis)
    expect(test.chain.hasBody(beside.hash)).toBe(true)
    const answers = await collect(client.blocks([beside.hash]))
    expect(answers).toMatchObject([{ ok: true, value: { hash: beside.hash, bytes: undefined } }])
    const main = test.chain.tip()
    const second = await test.mine({ tag: 'beside' }, test.chain.entry(beside.hash)!)
    await test.mine({ tag: 'beside' }, test.chain.entry(second.hash)!)
    expect(test.chain.isConnected(main.hash)).toBe(false)
    const both = await collect(client.blocks([beside.hash, main.hash]))
    expect(both.every((answer) => answer.ok && answer.value.bytes !== undefined)).toBe(true)
  })

  it('keeps one stream for many requests', async () => {
    const { test, server, client } = await setting()
    const [block] = await test.mineMany(3)
    for (let i = 0; i < 5; i++) {
      await client.headers([DEV.genesis.hash])
      await collect(client.blocks([block!.hash]))
    }
    expect(server.inboundStreams()).toBe(1)
    client.close()
    await settle()
    expect(server.inboundStreams()).toBe(0)
  })

  it('reads the next block only when the peer has taken the one before', async () => {
    let read = 0
    const big = new Uint8Array(100_000)
    const { asker, clock, server } = await setting({
      blockBytes: async () => {
        read += 1
        return big
      },
    })
    const stream = await asker.open(server.self, syncProtocol(DEV), CLIENT_LIMITS)
    await stream.send(encodeRequest({ kind: 'get-blocks', hashes: Array<BlockHash>(16).fill(UNKNOWN) }))
    await clock.advance(1_000)
    await settle()
    expect(read).toBe(1)
    await stream.receive()
    await settle()
    expect(read).toBe(2)
  })

  it('resets a stream whose peer takes no frame for a minute', async () => {
    const { clock, server, open } = await setting({ blockBytes: async () => new Uint8Array(100_000) })
    const stream = await open()
    await stream.send(encodeRequest({ kind: 'get-blocks', hashes: [UNKNOWN] }))
    const waited = await until(clock, 'it is reset', () => server.inboundStreams() === 0)
    expect(waited).toBeGreaterThanOrEqual(60_000)
  })

  it('ends a stream on which nothing is asked for two minutes', async () => {
    const { clock, server, open } = await setting()
    await open()
    await settle()
    expect(server.inboundStreams()).toBe(1)
    const waited = await until(clock, 'it is ended', () => server.inboundStreams() === 0, 130_000)
    expect(waited).toBeGreaterThanOrEqual(120_000)
  })

  it('answers so many requests of one peer at once, and no more', async () => {
    let reading = 0
    const { open } = await setting({
      blockBytes: () => {
        reading += 1
        return new Promise(() => {})
      },
    })
    for (let i = 0; i < 4; i++) {
      const stream = await open()
      await stream.send(encodeRequest({ kind: 'get-blocks', hashes: [UNKNOWN] }))
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
    const { clock, client } = await setting({ blockBytes: () => new Promise(() => {}) })
    let error: unknown
    collect(client.blocks([UNKNOWN])).catch((thrown: unknown) => {
      error = thrown
    })
    const waited = await until(clock, 'it gives up', () => error !== undefined)
    expect(error).toMatchObject({ code: 'deadline-exceeded' })
    expect(waited).toBeGreaterThanOrEqual(10_000)
    expect(waited).toBeLessThan(10_500)
  })

  it('resets the stream where the rest of an answer is not wanted, and can ask again', async () => {
    const { test, server, client } = await setting()
    const blocks = await test.mineMany(5)
    for await (const _ of client.blocks(blocks.map(({ hash }) => hash))) break
    await settle()
    expect(server.inboundStreams()).toBe(0)
    expect(await collect(client.blocks([blocks[0]!.hash]))).toHaveLength(1)
  })

  it('ends its streams when it is stopped', async () => {
    const { server, client, stop } = await setting()
    await client.headers([DEV.genesis.hash])
    await stop()
    await settle()
    expect(server.inboundStreams()).toBe(0)
    await expect(client.headers([DEV.genesis.hash])).rejects.toMatchObject({ code: 'protocol-unsupported' })
  })
})
