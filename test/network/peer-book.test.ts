import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import { createPeerBook } from '../../src/network/peer-book.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import type { Ban } from '../../src/ports/peers.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { memoryRecords } from '../support/peer-records.ts'

const peer = 'peer' as PeerId

function setUp(records = memoryRecords<Ban>()) {
  const clock = createFakeClock()
  return { clock, records, book: createPeerBook({ records, clock, logger: SILENT_LOGGER }) }
}

describe('peer book', () => {
  it('refuses a banned peer until its ban ends', async () => {
    const { book, clock, records } = setUp()
    await book.ban({ peer, until: clock.now() + 100, reason: 'test' })
    expect(book.isBanned(peer)).toBe(true)
    await clock.advance(99)
    expect(book.isBanned(peer)).toBe(true)
    await clock.advance(1)
    expect(book.isBanned(peer)).toBe(false)
    expect(book.bans()).toEqual([])
    expect(records.kept.size).toBe(0)
  })

  it('has the ban in force before it is on disk', () => {
    const { book, clock } = setUp()
    void book.ban({ peer, until: clock.now() + 100, reason: 'test' })
    expect(book.isBanned(peer)).toBe(true)
  })

  it('keeps the ban that lasts longer', async () => {
    const { book, clock, records } = setUp()
    const long = { peer, until: clock.now() + 1_000, reason: 'long' }
    await book.ban(long)
    await book.ban({ peer, until: clock.now() + 10, reason: 'short' })
    expect(book.bans()).toEqual([long])
    expect([...records.kept.values()]).toEqual([long])
  })

  it('takes up bans of an earlier run, and drops from disk those that have ended', async () => {
    const records = memoryRecords<Ban>()
    const { clock } = setUp(records)
    await records.put({ peer, until: clock.now() + 100, reason: 'lasts' })
    await records.put({ peer: 'other' as PeerId, until: clock.now(), reason: 'ended' })
    const { book } = setUp(records)
    await book.load()
    expect(book.bans().map((ban) => ban.peer)).toEqual([peer])
    expect([...records.kept.keys()]).toEqual([peer])
  })

  it('bans for this run, and says so, where the disk fails', async () => {
    const failure = new CairnError('peers-failed', 'disk full')
    const { book, clock } = setUp({ ...memoryRecords<Ban>(), put: () => Promise.reject(failure) })
    await expect(book.ban({ peer, until: clock.now() + 100, reason: 'test' })).rejects.toBe(failure)
    expect(book.isBanned(peer)).toBe(true)
  })

  it('holds 10,000 bans, and drops those that end first', async () => {
    const { book, clock, records } = setUp()
    for (let i = 0; i < 10_050; i++)
      await book.ban({ peer: `peer ${i}` as PeerId, until: clock.now() + 1_000 + i, reason: 'test' })
    expect(records.kept.size).toBe(10_000)
    expect(book.isBanned('peer 49' as PeerId)).toBe(false)
    expect(book.isBanned('peer 50' as PeerId)).toBe(true)
  })
})
