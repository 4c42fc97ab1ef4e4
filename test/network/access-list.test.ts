import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAccessList, isAccessEntry } from '../../src/network/access-list.ts'
import type { PeerId } from '../../src/ports/transport.ts'

const ALICE = '12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x' as PeerId
const BOB = '12D3KooWGRUwJkXkYo5LrJZC1Ld7q5xeHhBrAv2UvPYPAFjqXGhM' as PeerId
const at = (ip: string): string => `/ip${ip.includes(':') ? 6 : 4}/${ip}/tcp/1`

describe('access list', () => {
  it('lets everyone in where it is empty', () => {
    const { permits } = createAccessList({ allow: [], deny: [] })
    expect(permits({ peer: ALICE, address: at('127.0.0.1') })).toBe(true)
  })

  it('lets only those in that are allowed, by id or by address, and loopback is not exempt', () => {
    const { permits } = createAccessList({ allow: [ALICE, '10.0.0.0/8', '2001:db8::/32'], deny: [] })
    expect(permits({ peer: ALICE, address: at('192.0.2.1') })).toBe(true)
    expect(permits({ peer: BOB, address: at('10.1.2.3') })).toBe(true)
    expect(permits({ peer: BOB, address: at('2001:db8::1') })).toBe(true)
    expect(permits({ peer: BOB, address: at('127.0.0.1') })).toBe(false)
    expect(permits({ peer: BOB, address: at('2001:db9::1') })).toBe(false)
  })

  it('denies whatever is allowed besides', () => {
    const { permits } = createAccessList({ allow: [ALICE, '10.0.0.0/8'], deny: ['10.1.0.0/16', BOB] })
    expect(permits({ peer: ALICE, address: at('10.1.2.3') })).toBe(false)
    expect(permits({ peer: BOB, address: at('10.2.2.3') })).toBe(false)
    expect(permits({ peer: ALICE, address: at('10.2.2.3') })).toBe(true)
  })

  it('knows an IPv4 address that came through a socket for both versions', () => {
    const { permits } = createAccessList({ allow: [], deny: ['10.0.0.0/8'] })
    expect(permits({ address: '/ip6/::ffff:10.1.2.3/tcp/1' })).toBe(false)
    expect(permits({ address: '/ip6/::ffff:11.1.2.3/tcp/1' })).toBe(true)
  })

  it('does not judge by what is not known yet, unless that cannot matter', () => {
    const both = createAccessList({ allow: [ALICE, '10.0.0.0/8'], deny: [] })
    expect(both.permits({ address: at('192.0.2.1') })).toBe(true)
    expect(both.permits({ peer: BOB })).toBe(true)
    expect(createAccessList({ allow: ['10.0.0.0/8'], deny: [] }).permits({ address: at('192.0.2.1') })).toBe(
      false,
    )
    expect(createAccessList({ allow: [ALICE], deny: [] }).permits({ peer: BOB })).toBe(false)
  })

  it('contains in a range just the addresses with its first bits', () => {
    const ip = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    const number = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0)
    fc.assert(
      fc.property(ip, ip, fc.integer({ min: 0, max: 32 }), (range, tried, bits) => {
        const { permits } = createAccessList({ allow: [], deny: [`${range.join('.')}/${bits}`] })
        const size = 2 ** (32 - bits)
        const isIn = Math.floor(number(range) / size) === Math.floor(number(tried) / size)
        expect(permits({ address: at(tried.join('.')) })).toBe(!isIn)
      }),
    )
  })

  it.for([
    '10.0.0.0/33',
    '10.0.0',
    '2001:db8::/129',
    'localhost',
    '',
    '/ip4/10.0.0.1',
    `${ALICE}x`,
    '10.0.0.0/',
  ])('takes no entry that is none: %s', (entry) => {
    expect(isAccessEntry(entry)).toBe(false)
    expect(() => createAccessList({ allow: [entry], deny: [] })).toThrow(
      expect.objectContaining({ code: 'option-invalid' }),
    )
  })

  it.for([ALICE, '10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0'])('takes %s', (entry) => {
    expect(isAccessEntry(entry)).toBe(true)
  })
})
