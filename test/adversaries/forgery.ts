import { setTimeout } from 'node:timers/promises'
import type { Stream } from '@libp2p/interface'
import { COMPACT_NONCE_BYTES, encodeCompactBlock } from '../../protocols/compact-block.ts'
import { encodeBlockMessage, encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { blockTopic, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { decodeRequest, encodeResponse } from '../../protocols/sync/codec.ts'
import { syncProtocol } from '../../protocols/sync/protocol.ts'
import type { ChainEntry } from '../../src/ports/chain.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import type { BlockHash, MerkleRoot } from '../../src/primitives/hash.ts'
import { makeHeader } from '../../src/primitives/header.ts'
import { COIN } from '../../src/primitives/money.ts'
import { hashValue, targetOfBits } from '../../src/primitives/target.ts'
import { makeTransaction, type Transaction } from '../../src/primitives/transaction.ts'
import { buildBranch } from '../support/branch-builder.ts'
import { eventually } from '../support/eventually.ts'
import { pay, testKey } from '../support/key.ts'
import { honestAnswers } from '../support/scripted-peer.ts'
import { DEV } from '../support/test-chain.ts'
import { type Adversary, ending, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { publish, RELAY } from './garbage.ts'
import { MESHSUB, onFrame, sendFrame } from './intruder.ts'
import type { Victim } from './victim.ts'

const THIEF = testKey('thief')
const MESSAGES = 5
/** Whoever is not hung up on by then is kept. */
const KEPT_MS = 500

/** A block in compact form; without payments that is all of it. */
const compact = (block: Block) =>
  ({ kind: 'compact', bytes: encodeCompactBlock(block, new Uint8Array(COMPACT_NONCE_BYTES)) }) as const

/** The victim's tip to build upon, or a block so far below it. */
async function tipOf({ node }: Victim, below = 0): Promise<ChainEntry> {
  const { tip } = await node.client.status()
  const { height, time, medianTimePast, work, ...fields } = await node.client.block(
    String(tip.height - below),
  )
  const header = makeHeader({
    version: fields.version,
    previous: fields.previous as BlockHash,
    merkleRoot: fields.merkleRoot as MerkleRoot,
    time,
    bits: Number.parseInt(fields.bits, 16),
    nonce: fields.nonce,
  })
  return { header, hash: header.hash, height, work: BigInt(`0x${work}`), medianTimePast }
}

/** Spends a coin of the honest miner with a signature of somebody else. */
const theft = ({ unspent }: Victim, value: number): Transaction =>
  pay([{ ...unspent, key: THIEF }], [{ value, scriptPubKey: THIEF.scriptPubKey }])

const thefts: Readonly<Record<string, (victim: Victim, i: number) => Transaction>> = {
  'of a coin that it has no key to': (victim, i) => theft(victim, 49 * COIN - i),
  'of more than there is': (victim, i) => theft(victim, 51 * COIN + i),
  'without outputs': (victim, i) => {
    const honest = theft(victim, COIN)
    return makeTransaction({ ...honest, outputs: [], lockTime: i })
  },
}

const workless = (block: Block): Block => {
  const target = targetOfBits(block.header.bits)!
  for (let nonce = 0; ; nonce++) {
    const header = makeHeader({ ...block.header, nonce })
    if (hashValue(header.hash) > target) return makeBlock(header, block.transactions)
  }
}

/** Whoever hands a block on at once, as BIP152 asks, knows no more of it than that its header is right: no blame. */
const forgeries: Readonly<Record<string, readonly [Outcome, (tip: ChainEntry, i: number) => Block]>> = {
  'without work': ['banned', (tip, i) => workless(buildBranch(tip, [{ tag: `workless ${i}` }])[0]!)],
  'whose coinbase takes too much': [
    'kept',
    (tip, i) => buildBranch(tip, [{ fees: 1, tag: `greedy ${i}` }])[0]!,
  ],
  'with another body': [
    'kept',
    (tip, i) => {
      const [honest, other] = [
        buildBranch(tip, [{ tag: `body ${i}` }])[0]!,
        buildBranch(tip, [{ tag: 'other' }])[0]!,
      ]
      return makeBlock(honest.header, other.transactions)
    },
  ],
}

const gossiped = (
  name: string,
  does: string,
  topic: string,
  expected: Outcome,
  make: (victim: Victim, i: number) => Promise<Uint8Array>,
): Adversary => ({
  name,
  does,
  expected,
  attack: (victim) =>
    withIntruder(victim, {}, async (intruder) => {
      const stream = await intruder.open(MESHSUB)
      for (let i = 0; i < MESSAGES && !intruder.isGone(); i++) {
        const message = await make(victim, i)
        try {
          publish(stream, topic, message)
        } catch {
          // Hung up on already.
        }
      }
      if (expected === 'banned') return ending(victim, intruder)
      await eventually('it has been said', () => stream.writeBufferLength === 0)
      await setTimeout(KEPT_MS)
      return fateNow(victim, intruder)
    }),
})

const BRANCH_BLOCKS = 30
/** So deep in a branch it has become the best chain, wherever the tip was meanwhile. */
const DEEP = 20

/** Bodies that break a rule behind headers that do not. @param below - where the branch leaves the best chain, @param invalid - the first such body */
const synced = (
  name: string,
  does: string,
  { below, invalid }: { readonly below: number; readonly invalid: number },
  expected: Outcome,
): Adversary => ({
  name,
  does,
  expected,
  async attack(victim) {
    const tip = await tipOf(victim, below)
    const plans = Array.from({ length: BRANCH_BLOCKS }, (_, i) => ({
      tag: name,
      fees: i === invalid ? 1 : 0,
    }))
    const blocks = buildBranch(tip, plans)
    const serve = (stream: Stream): void =>
      onFrame(stream, (frame) => {
        const request = decodeRequest(frame)
        if (!request.ok) return
        const isLinked = request.value.kind === 'get-blocks' || request.value.locator.includes(tip.hash)
        for (const answer of honestAnswers(request.value, isLinked ? blocks : []))
          sendFrame(stream, encodeResponse(answer))
      })
    const hello = {
      tip: blocks.at(-1)!.hash,
      height: tip.height + BRANCH_BLOCKS,
      work: tip.work + 2n * BigInt(BRANCH_BLOCKS),
    }
    return withIntruder(victim, { hello, serve: { [syncProtocol(DEV)]: serve } }, async (intruder) => {
      if (expected === 'banned') return ending(victim, intruder)
      const { hash } = blocks[invalid]!
      await eventually('the block is refused', () =>
        victim.node.log.some((line) => line.msg === 'block refused' && line.hash === hash),
      )
      await setTimeout(KEPT_MS)
      return fateNow(victim, intruder)
    })
  },
})

/** Announces a block of which the victim lacks a transaction, and then says no more. */
const withheld: Adversary = {
  name: 'block of which the rest never comes',
  does: 'a valid compact block with an unknown payment; relay and sync are never answered',
  expected: 'dropped',
  async attack(victim) {
    const mute = (stream: Stream): void => onFrame(stream, () => {})
    const serve = { [RELAY]: mute, [syncProtocol(DEV)]: mute }
    return withIntruder(victim, { serve }, async (intruder) => {
      const payment = pay([victim.unspent], [{ value: 49 * COIN, scriptPubKey: THIEF.scriptPubKey }])
      const stream = await intruder.open(MESHSUB)
      const block = buildBranch(await tipOf(victim), [{ transactions: [payment] }])[0]!
      publish(stream, blockTopic(DEV), encodeBlockMessage(compact(block)))
      return ending(victim, intruder)
    })
  },
}

export const FORGERY: readonly Adversary[] = [
  ...Object.entries(thefts).map(([name, make]) =>
    gossiped(
      `invalid transaction: theft ${name}`,
      `${MESSAGES} of them, gossiped`,
      transactionTopic(DEV),
      'banned',
      async (victim, i) => encodeTransactionMessage(make(victim, i).bytes),
    ),
  ),
  ...Object.entries(forgeries).map(([name, [expected, make]]) =>
    gossiped(
      `invalid block ${name}`,
      `${MESSAGES} of them, gossiped in compact form`,
      blockTopic(DEV),
      expected,
      async (victim, i) => encodeBlockMessage(compact(make(await tipOf(victim), i))),
    ),
  ),
  withheld,
]

/** By themselves: each needs to be the best chain that there is. */
export const FALSE_BRANCHES: readonly Adversary[] = [
  synced(
    'invalid block, synced',
    `a longer branch by its headers, of which body ${DEEP} takes too much`,
    { below: 0, invalid: DEEP },
    'banned',
  ),
  synced(
    'invalid block on a side branch',
    'a branch from below the tip, of which the first body does',
    { below: 1, invalid: 0 },
    'banned',
  ),
]
