import { describe, expect, it } from 'vitest'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import { blockSubsidy } from '../../src/consensus/subsidy.ts'
import type { Chain } from '../../src/ports/chain.ts'
import { DEV, MINER } from '../support/test-chain.ts'
import { ALICE, never, setUp } from './miner-set-up.ts'
import { pending } from './pending.ts'

describe('generating blocks', () => {
  it('mines as many blocks as asked, one upon the other, and pays their subsidy', async () => {
    const { chain, miner, search } = await setUp()
    search.solving = true
    const hashes = await miner.generate(5, ALICE.scriptPubKey, never)
    expect(hashes).toEqual([1, 2, 3, 4, 5].map((height) => chain.entryAt(height)?.hash))
    expect(miner.status()).toMatchObject({ mining: false, blocksFound: 5, threads: 3, hashesPerSecond: 0 })
    const coins = await chain.coinsOfScript(ALICE.scriptPubKey)
    expect(coins.map(({ coin }) => coin.value)).toEqual(Array(5).fill(blockSubsidy(1, DEV)))
  })

  it('takes pending transactions in and claims their fees', async () => {
    const { chain, mempool, miner, search, payment } = await setUp()
    const transaction = await payment(7_000)
    expect((await mempool.accept(transaction)).ok).toBe(true)
    search.solving = true
    const [hash] = await miner.generate(1, ALICE.scriptPubKey, never)
    const block = await chain.block(hash!)
    expect(block!.transactions[1]?.txid).toBe(transaction.txid)
    expect(block!.transactions[0]!.outputs[0]!.value).toBe(blockSubsidy(13, DEV) + 7_000)
    expect(mempool.size).toBe(0)
  })

  it('rejects with the reason of its signal, and ends the search', async () => {
    const { miner, search, nextSearch } = await setUp()
    const stop = new AbortController()
    const generated = miner.generate(2, ALICE.scriptPubKey, stop.signal)
    await nextSearch()
    const reason = new Error('asked to stop')
    stop.abort(reason)
    await expect(generated).rejects.toBe(reason)
    expect(search.current).toBeUndefined()
  })

  it('takes the threads while a miner is at work, which goes on afterwards', async () => {
    const { chain, miner, search, mineTo, nextSearch, height } = await setUp()
    mineTo()
    const mining = await nextSearch()
    search.solving = true
    const generated = miner.generate(3, ALICE.scriptPubKey, never)
    expect(mining.signal.aborted).toBe(true)
    void generated.then(() => {
      search.solving = false
    })
    await generated
    expect(await chain.coinsOfScript(ALICE.scriptPubKey)).toHaveLength(3)
    const after = await nextSearch(mining)
    expect(after.header.previous).toBe(chain.tip().hash)
    after.solve()
    await height(4)
    expect(await chain.coinsOfScript(MINER.scriptPubKey)).toHaveLength(1)
    await miner.stop()
  })

  it('answers the signal of a generation that waits for another', async () => {
    const { miner, search, nextSearch } = await setUp()
    const [first, second] = [new AbortController(), new AbortController()]
    const running = miner.generate(1, ALICE.scriptPubKey, first.signal)
    const waiting = miner.generate(1, ALICE.scriptPubKey, second.signal)
    await nextSearch()
    second.abort('second')
    await expect(waiting).rejects.toBe('second')
    first.abort('first')
    await expect(running).rejects.toBe('first')
    expect(search.asked).toBe(1)
  })

  it('waits for the clock when a burst has taken the chain ahead of it', async () => {
    const parameters = makeNetwork({ ...BUILT_IN_NETWORKS.dev, name: 'hasty', futureLimit: 2 })
    const { chain, clock, miner, search } = await setUp({ parameters })
    search.solving = true
    const generated = miner.generate(40, ALICE.scriptPubKey, never)
    let done = false
    void generated.then(() => {
      done = true
    })
    const heights: number[] = []
    while (!done) {
      const before = chain.tip().height
      await new Promise(setImmediate)
      if (chain.tip().height > before || done) continue
      heights.push(before)
      await clock.advance(1_000)
    }
    expect(await generated).toHaveLength(40)
    expect(new Set(heights).size).toBeGreaterThan(1)
  })
})

describe('a block of ours that cannot stand', () => {
  it('mines without transactions when a pending one breaks a rule', async () => {
    const rotten = pending({ fee: 1_000 })
    const entry = { ...rotten, virtualSize: 100, addedAt: 0, height: 0 }
    const { chain, miner, search } = await setUp({
      replace: ({ mempool }) => ({ mempool: { ...mempool, events: mempool.events, entries: () => [entry] } }),
    })
    search.solving = true
    await miner.generate(2, ALICE.scriptPubKey, never)
    expect(chain.tip().height).toBe(2)
    expect((await chain.block(chain.tip().hash))!.transactions).toHaveLength(1)
  })

  it('gives up a generation when even the empty block is refused', async () => {
    const { miner, search } = await setUp({
      replace: ({ chain }) => ({
        chain: new Proxy(chain, {
          get(target, key) {
            const value = Reflect.get(target, key, target)
            if (key === 'nextBits') return () => 0x207ffffe
            return typeof value === 'function' ? value.bind(target) : value
          },
        }) as Chain,
      }),
    })
    search.solving = true
    await expect(miner.generate(1, ALICE.scriptPubKey, never)).rejects.toMatchObject({
      code: 'own-block-refused',
      details: { rule: 'difficulty-wrong' },
    })
  })

  it('counts no block that came too late for the best chain', async () => {
    let rivals = 1
    const { chain, miner, search, build } = await setUp({
      replace: ({ chain: real }) => ({
        chain: new Proxy(real, {
          get(target, key) {
            const value = Reflect.get(target, key, target)
            if (key === 'acceptBlock')
              return async (block: Parameters<Chain['acceptBlock']>[0]) => {
                if (rivals-- > 0) await target.acceptBlock(build({ tag: 'a rival' }))
                return target.acceptBlock(block)
              }
            return typeof value === 'function' ? value.bind(target) : value
          },
        }) as Chain,
      }),
    })
    search.solving = true
    const hashes = await miner.generate(1, ALICE.scriptPubKey, never)
    expect(hashes).toEqual([chain.entryAt(2)?.hash])
    expect(miner.status().blocksFound).toBe(1)
  })
})
