import { describe, expect, it } from 'vitest'
import { WIRE_RULES, type WireFaultCode, wireFault } from '../../protocols/wire-fault.ts'
import { broken, RULES, type RuleCode, type RuleViolation } from '../../src/consensus/rules.ts'
import {
  BAN_MS,
  blameForBlock,
  blameForTransaction,
  createPenalties,
  verdictFor,
} from '../../src/network/verdicts.ts'
import type { PolicyViolation } from '../../src/ports/mempool.ts'
import type { PeerId, Transport } from '../../src/ports/transport.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createMemoryNetwork } from '../support/memory-transport.ts'
import { settle } from '../support/network-node.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'

const codes = Object.keys(RULES) as RuleCode[]
const violation = (code: RuleCode): RuleViolation => broken(code).error

describe('verdicts', () => {
  it('reject what bans and nothing else', () => {
    expect([verdictFor('ban'), verdictFor('drop'), verdictFor('none')]).toEqual([
      'reject',
      'ignore',
      'ignore',
    ])
  })

  it('blame for a block as the rule says', () => {
    for (const code of codes) expect(blameForBlock(violation(code)), code).toBe(RULES[code].blame)
  })

  it('blame nobody for a loose transaction that may be right on another chain', () => {
    const contextual = codes.filter((code) => 'contextual' in RULES[code])
    expect(contextual).toContain('input-missing-or-spent')
    for (const code of contextual) expect(blameForTransaction(violation(code)), code).toBe('none')
    expect(blameForTransaction(violation('signature-invalid'))).toBe('ban')
  })

  it('blame nobody for our own policy', () => {
    const policy: PolicyViolation = { kind: 'policy', code: 'fee-below-minimum', message: '' }
    expect(blameForTransaction(policy)).toBe('none')
  })

  it('blame for a breach of a protocol as its code says', () => {
    for (const code of Object.keys(WIRE_RULES) as WireFaultCode[]) {
      const fault = wireFault(code).error
      expect([blameForBlock(fault), blameForTransaction(fault)]).toEqual(
        Array(2).fill(WIRE_RULES[code].blame),
      )
    }
  })

  it('hang up, ban for a day, or do nothing', async () => {
    const clock = createFakeClock()
    const transport = createMemoryNetwork().join('us')
    const peers = ['dropped', 'banned', 'spared'].map((name) => createMemoryNetwork().join(name))
    for (const peer of peers) transport.connect(peer)
    const { logger, lines } = createRecordingLogger()
    const penalties = createPenalties({ transport, clock, logger })
    const [dropped, banned, spared] = peers.map(({ self }) => self)
    penalties.punish(dropped!, 'drop', violation('time-too-new'))
    penalties.punish(banned!, 'ban', violation('merkle-root-mismatch'))
    penalties.punish(spared!, 'none', violation('parent-unknown'))
    await settle()
    expect(transport.hungUp).toEqual(new Map([[dropped, 'time-too-new']]))
    expect([...transport.bans]).toEqual([
      [banned, { until: clock.now() + BAN_MS, reason: 'merkle-root-mismatch' }],
    ])
    expect(transport.connections().map(({ peer }) => peer)).toEqual([spared])
    expect(lines.map(({ phrase }) => phrase)).toEqual(['peer dropped', 'peer banned'])
  })

  it('take much off the score for a broken rule, and little for no answer or what may be our own fault', () => {
    const faults: unknown[] = []
    const memory = createMemoryNetwork().join('us')
    const disconnect: Transport['disconnect'] = async (_peer, reason, fault) =>
      void faults.push([reason, fault])
    const penalties = createPenalties({
      transport: { ...memory, disconnect },
      clock: createFakeClock(),
      logger: createRecordingLogger().logger,
    })
    const peer = 'peer' as PeerId
    penalties.punish(peer, 'drop', wireFault('headers-changed').error)
    penalties.punish(peer, 'drop', violation('time-too-new'))
    penalties.drop(peer, 'sync-timeout')
    expect(faults).toEqual([
      ['headers-changed', 'misbehaved'],
      ['time-too-new', 'unhelpful'],
      ['sync-timeout', 'unhelpful'],
    ])
  })
})
