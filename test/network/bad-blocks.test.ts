import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { blockTopic, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { BODY_FAULTS } from '../../src/consensus/check-block.ts'
import { blameInBlock, RULES } from '../../src/consensus/rules.ts'
import type { Host } from '../../src/network/host.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import type { Chain } from '../../src/ports/chain.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import {
  type BadBlock,
  FORGED_BLOCKS,
  ORPHAN,
  out,
  STRANGE_PARENT,
  type Stage,
  stage,
} from '../support/bad-blocks.ts'
import { blockMessage } from '../support/block-server.ts'
import { eventually } from '../support/eventually.ts'
import { pay } from '../support/key.ts'
import { makeHost } from '../support/network-host.ts'
import { type NetworkParts, startNetworkParts } from '../support/network-node.ts'
import { withOverrides } from '../support/overrides.ts'
import { DEV } from '../support/test-chain.ts'

interface Party extends NetworkParts {
  readonly host: Host
  readonly stage: Stage
}

/** A node over real libp2p on loopback, with the chain of a stage; stopped when the test ends. */
async function startParty(name: string, wrap?: (chain: Chain) => Chain): Promise<Party> {
  const test = await stage()
  const host = await makeHost({ networkId: DEV.id, dht: 'off' })
  const parts = await startNetworkParts({
    name,
    transport: host,
    test,
    clock: systemClock,
    ...(wrap ? { wrap } : {}),
  })
  onTestFinished(() => parts.stop())
  await host.start()
  return { ...parts, host, stage: test }
}

interface Meeting {
  readonly victim: Party
  /** a peer with the same chain that has said hello, and publishes and serves what it is told to */
  readonly thief: Party
  readonly parted: () => readonly PeerId[]
  publishBlock(block: Block): Promise<void>
  publishTransaction(transaction: Transaction): Promise<void>
}

async function meet(wrap?: (chain: Chain) => Chain): Promise<Meeting> {
  const forged = new Map<BlockHash, Block>()
  const forge = (chain: Chain): Chain =>
    withOverrides(chain, {
      // What it serves is what it believes to be connected.
      isConnected: (hash) => forged.has(hash) || chain.isConnected(hash),
      entry: (hash) => (forged.has(hash) ? chain.tip() : chain.entry(hash)),
      block: async (hash) => forged.get(hash) ?? chain.block(hash),
    })
  const [victim, thief] = await Promise.all([startParty('victim', wrap), startParty('thief', forge)])
  const parted: PeerId[] = []
  victim.host.events.on('peerDisconnected', ({ peer }) => parted.push(peer))
  await thief.host.dial(victim.host.addresses()[0]!)
  await eventually('both have said hello', () =>
    [victim, thief].every(({ sessions }) => sessions.list().length === 1),
  )
  const publish = async (topic: string, message: Uint8Array): Promise<void> => {
    await eventually('the victim is in the topic', async () => (await thief.host.publish(topic, message)) > 0)
  }
  return {
    victim,
    thief,
    parted: () => parted,
    publishBlock(block) {
      forged.set(block.hash, block)
      return publish(blockTopic(DEV), blockMessage(block))
    },
    publishTransaction: (tx) => publish(transactionTopic(DEV), encodeTransactionMessage(tx.bytes)),
  }
}

const cases = (blocks: readonly BadBlock[]) => blocks.map(([code, what, make]) => ({ code, what, make }))

/** What whoever announces a block, or serves its transactions, must have seen: the header, and what it commits to. */
const isSeen = ([code]: BadBlock): boolean => RULES[code].scope === 'header' || BODY_FAULTS.has(code)

describe('a forged block that a peer announces is refused with the rule’s own code, and the peer is dropped', () => {
  it.each(cases(FORGED_BLOCKS.filter(isSeen)))('$code: $what', async ({ code, make }) => {
    const { victim, thief, parted, publishBlock } = await meet()
    const tip = victim.chain.tip()
    const coins = await victim.stage.chain.coinStatistics()
    const isBanned = blameInBlock(code) === 'ban'
    const from = thief.host.self

    await publishBlock(make(thief.stage))
    await eventually('the thief is hung up on', () => parted().includes(from))

    const penalties = victim.lines.filter(({ phrase }) => ['peer banned', 'peer dropped'].includes(phrase))
    expect(penalties).toMatchObject([
      { level: 'warn', phrase: isBanned ? 'peer banned' : 'peer dropped', fields: { peer: from, code } },
    ])
    expect(victim.host.bans()).toMatchObject(isBanned ? [{ peer: from, reason: code }] : [])
    await eventually('the thief has noticed', () => thief.sessions.list().length === 0)
    expect(victim.chain.tip()).toBe(tip)
    expect(await victim.stage.chain.coinStatistics()).toEqual(coins)
  })
})

// Blocks are announced and served before they are validated, as BIP152 asks: whoever did need not have known.
describe('a block that breaks a rule is refused with the rule’s own code, and who handed it on stays', () => {
  it.each(cases(FORGED_BLOCKS.filter((block) => !isSeen(block))))('$code: $what', async ({ code, make }) => {
    const { victim, thief, parted, publishBlock } = await meet()
    const tip = victim.chain.tip()
    const coins = await victim.stage.chain.coinStatistics()
    const bad = make(thief.stage)

    await publishBlock(bad)
    const refused = () => victim.lines.find(({ phrase }) => phrase === 'announced block refused')
    await eventually('it is refused', () => refused() !== undefined)
    expect(refused()).toMatchObject({ fields: { hash: bad.hash, code } })
    expect(victim.chain.tip()).toBe(tip)
    expect(await victim.stage.chain.coinStatistics()).toEqual(coins)

    const honest = thief.stage.build()
    await publishBlock(honest)
    await eventually('an honest block is taken', () => victim.chain.tip().hash === honest.hash)
    expect(parted()).toEqual([])
    expect(victim.host.bans()).toEqual([])
  })
})

describe('a peer stays', () => {
  // An honest peer that is a block ahead sends such blocks: nothing is known against it. The node asks for the headers
  // in between, and lets go of the block alone when they do not come.
  it.each(cases([ORPHAN]))(
    'that gossips a block whose parent is not there ($code)',
    async ({ code, make }) => {
      const judged = new Set<BlockHash>()
      const { victim, thief, parted, publishBlock } = await meet((chain) =>
        withOverrides(chain, {
          entry(hash) {
            judged.add(hash)
            return chain.entry(hash)
          },
        }),
      )
      const tip = victim.chain.tip()
      const coins = await victim.stage.chain.coinStatistics()
      const orphan = make(thief.stage)
      expect(blameInBlock(code)).toBe('none')
      expect(await victim.chain.acceptBlock(orphan)).toMatchObject({ error: { code } })

      await publishBlock(orphan)
      await eventually('its parent is looked for', () => judged.has(STRANGE_PARENT))
      expect(victim.chain.tip()).toBe(tip)
      expect(await victim.stage.chain.coinStatistics()).toEqual(coins)

      // While that block waits for its parent the same peer's honest one is taken.
      const honest = thief.stage.build()
      await publishBlock(honest)
      await eventually('the honest block is taken', () => victim.chain.tip().hash === honest.hash)
      expect(victim.chain.entry(orphan.hash)).toBeUndefined()
      expect(parted()).toEqual([])
      expect(victim.host.bans()).toEqual([])
    },
  )

  it('that hands on a payment of a coin which a payment seen first spends (mempool-conflict)', async () => {
    const { victim, parted, publishTransaction } = await meet()
    const [coin, another] = [victim.stage.coin(0), victim.stage.coin(1)]
    const first = pay([coin], [out(48 * COIN)])
    const second = pay([coin], [out(49 * COIN)])
    const unrelated = pay([another], [out(49 * COIN)])
    expect((await victim.mempool.accept(first)).ok).toBe(true)
    const verdicts = vi.spyOn(victim.mempool, 'accept')

    await publishTransaction(second)
    await eventually('it is judged', () => verdicts.mock.calls.length > 0)
    expect(verdicts.mock.calls[0]![0].txid).toBe(second.txid)
    expect(await verdicts.mock.results[0]!.value).toMatchObject({
      ok: false,
      error: { kind: 'policy', code: 'mempool-conflict' },
    })

    await publishTransaction(unrelated)
    await eventually('the next one is taken', () => victim.mempool.get(unrelated.txid) !== undefined)
    expect(victim.mempool.get(first.txid)).toBeDefined()
    expect(victim.mempool.get(second.txid)).toBeUndefined()
    expect(parted()).toEqual([])
    expect(victim.host.bans()).toEqual([])
  })
})
