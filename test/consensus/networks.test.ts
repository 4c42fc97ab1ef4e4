import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNetworkDefinition } from '../../src/consensus/network-definition.ts'
import { builtInNetwork, makeNetwork } from '../../src/consensus/networks.ts'
import { MAX_MONEY } from '../../src/primitives/money.ts'

describe('built-in networks', () => {
  it('have genesis blocks of their own that stay as they are', () => {
    expect(builtInNetwork('main').genesis.hash).toBe(
      '52293703711b99320fd6506fc6819a1edb29d19cd99bb4a1f9bdbf40aca01ca2',
    )
    expect(builtInNetwork('test').id).toBe('cd049ee0')
    expect(builtInNetwork('dev').id).toBe('ded41ecf')
  })

  it('never make more than MAX_MONEY', () => {
    for (const name of ['main', 'test', 'dev'] as const) {
      const { subsidy, halving } = builtInNetwork(name)
      expect(subsidy * halving * 2).toBeLessThanOrEqual(MAX_MONEY)
    }
  })
})

describe('a custom network', () => {
  const minimal = { name: 'classroom', prefix: 'cls' }
  const parse = (json: unknown) => parseNetworkDefinition(json)

  it('needs only a name and a prefix', () => {
    const parsed = parse(minimal)
    expect(parsed).toMatchObject({ ok: true, value: { spacing: 30, maturity: 100, initialBits: 0x207fffff } })
  })

  it('takes its difficulty as compact bits or as leading zero hex digits', () => {
    expect(parse({ ...minimal, difficulty: '1e00ffff' })).toMatchObject({
      value: { initialBits: 0x1e00ffff },
    })
    // Four zero digits: the greatest target is just below 2^240.
    expect(parse({ ...minimal, difficulty: 4 })).toMatchObject({ value: { initialBits: 0x1f00ffff } })
  })

  it('has another genesis for every other rule', () => {
    const definitions = [
      minimal,
      { ...minimal, maturity: 5 },
      { ...minimal, gapCap: null },
      { ...minimal, name: 'b' },
    ]
    const ids = definitions.map((json) => {
      const parsed = parse(json)
      return parsed.ok ? makeNetwork(parsed.value).genesis.hash : parsed.error.message
    })
    expect(new Set(ids).size).toBe(definitions.length)
  })

  it.each([
    ['name', {}],
    ['name', { ...minimal, name: 'main' }],
    ['name', { ...minimal, name: 'Ä' }],
    ['prefix', { name: 'a' }],
    ['spcing', { ...minimal, spcing: 3 }],
    ['spacing', { ...minimal, spacing: 0 }],
    ['halfLife', { ...minimal, halfLife: null }],
    ['difficulty', { ...minimal, difficulty: 'x' }],
    ['difficulty', { ...minimal, limit: '1d00ffff', difficulty: '1e00ffff' }],
    ['subsidy', { ...minimal, subsidy: 50e8 }],
    ['maturity', { ...minimal, maturity: '5' }],
    ['genesisTime', { ...minimal, genesisTime: -1 }],
    ['', []],
    ['', 'main'],
    ['', null],
  ])('names the key that is wrong: %s', (key, json) => {
    expect(parse(json)).toMatchObject({ ok: false, error: { key } })
  })

  it('is refused or taken, whatever the JSON, without throwing', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => typeof parse(json).ok === 'boolean'))
  })
})
