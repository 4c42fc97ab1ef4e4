import { describe, expect, it } from 'vitest'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import { type Block, makeBlock } from '../../src/primitives/block.ts'
import { type HeaderFields, makeHeader } from '../../src/primitives/header.ts'
import { hashValue, targetOfBits } from '../../src/primitives/target.ts'
import { SECOND, STRANGE_PARENT, type Stage } from '../support/bad-blocks.ts'
import { buildWith } from '../support/block-builder.ts'
import { createTestChain, DEV } from '../support/test-chain.ts'
import { describeAllRules, inBlock } from './rule-case.ts'

/** The honest next block, with another header on the same transactions; the proof of work is done again. */
const remined = (s: Stage, header: Partial<HeaderFields>): Block =>
  buildWith(s.chain, s.chain.tip(), s.build().transactions, header)

/** As `remined`, without doing the work again. */
const reworded = (s: Stage, header: Partial<HeaderFields>): Block => {
  const honest = s.build()
  return makeBlock(makeHeader({ ...honest.header, ...header }), honest.transactions)
}

/** The honest next block with the first nonce after its own that misses the target. */
function unsolved(s: Stage): Block {
  const { header } = s.build()
  for (let nonce = header.nonce + 1; ; nonce++) {
    const block = reworded(s, { nonce })
    if (hashValue(block.hash) > targetOfBits(header.bits)!) return block
  }
}

const now = (s: Stage): number => Math.floor(s.clock.now() / SECOND)

/** `dev`, with a difficulty that follows the clock. */
const RETARGETED = makeNetwork({
  ...BUILT_IN_NETWORKS.dev,
  name: 'retargeted',
  spacing: 30,
  halfLife: 3600,
  gapCap: 7200,
})

describeAllRules('header', {
  'parent-unknown': [
    inBlock('a previous block that nobody has', (s, fault) =>
      remined(s, fault ? { previous: STRANGE_PARENT } : {}),
    ),
  ],
  'parent-invalid': [
    {
      what: 'a block on one that pays its miner too much',
      async attempt(s, fault) {
        const tip = s.chain.tip()
        const parent = s.build({ fees: fault ? 1 : 0 })
        await s.chain.acceptBlock(parent)
        const { hash, header } = parent
        const entry = { ...tip, hash, height: tip.height + 1, medianTimePast: header.time }
        return s.chain.acceptBlock(s.build({ header: { bits: DEV.initialBits } }, entry))
      },
    },
  ],
  'block-known-invalid': [
    {
      what: 'a block that was found invalid before the node was started again',
      async attempt(s, fault) {
        const block = s.build({ fees: fault ? 1 : 0 })
        await s.chain.acceptBlock(block)
        const { chain } = await createTestChain({ store: s.store, clock: s.clock })
        return chain.acceptBlock(block)
      },
    },
  ],
  'target-out-of-range': [
    inBlock('bits above the limit', (s, fault) => reworded(s, fault ? { bits: 0x217fffff } : {})),
    inBlock('negative bits', (s, fault) => reworded(s, fault ? { bits: 0x20ffffff } : {})),
    inBlock('bits of zero', (s, fault) => reworded(s, fault ? { bits: 0x20000000 } : {})),
    inBlock('bits above 256 bits', (s, fault) => reworded(s, fault ? { bits: 0xff7fffff } : {})),
  ],
  'proof-of-work-insufficient': [
    inBlock('a nonce that misses the target', (s, fault) => (fault ? unsolved(s) : s.build())),
  ],
  'difficulty-wrong': [
    inBlock('a target of its own choice', (s, fault) => remined(s, fault ? { bits: 0x2070ffff } : {})),
    {
      what: "the parent's target where the schedule asks for another",
      async attempt(_, fault) {
        const { chain, mineMany, build } = await createTestChain({ parameters: RETARGETED })
        await mineMany(10)
        const { bits } = chain.tip().header
        expect(chain.nextBits(chain.tip())).not.toBe(bits)
        return chain.acceptBlock(build(fault ? { header: { bits } } : {}))
      },
    },
  ],
  'time-too-old': [
    inBlock('the median of the last 11', (s, fault) => {
      const { medianTimePast } = s.chain.tip()
      return remined(s, { time: fault ? medianTimePast : medianTimePast + 1 })
    }),
  ],
  'time-too-new': [
    inBlock('a second more than `futureLimit` ahead', (s, fault) =>
      remined(s, { time: now(s) + DEV.futureLimit + (fault ? 1 : 0) }),
    ),
  ],
})

describe('a block ahead of the clock', () => {
  it('waits: the same block is taken when its time has come, and its children with it', async () => {
    const s = await createTestChain()
    const time = Math.floor(s.clock.now() / SECOND) + DEV.futureLimit + 60
    const early = s.build({ header: { time } })
    expect(await s.chain.acceptBlock(early)).toMatchObject({ error: { code: 'time-too-new' } })
    expect(await s.chain.acceptHeaders([early.header])).toMatchObject({ error: { code: 'time-too-new' } })
    expect(s.chain.entry(early.hash)).toBeUndefined()
    await s.clock.advance(59 * SECOND)
    expect(await s.chain.acceptBlock(early)).toMatchObject({ error: { code: 'time-too-new' } })
    await s.clock.advance(SECOND)
    expect(await s.chain.acceptBlock(early)).toMatchObject({ ok: true, value: { connected: true } })
    await s.clock.advance(SECOND)
    await s.mine()
    expect(s.chain.tip().header.previous).toBe(early.hash)
  })
})
