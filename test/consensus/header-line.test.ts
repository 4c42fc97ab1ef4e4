import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { extendLine } from '../../src/consensus/header-line.ts'
import { BUILT_IN_NETWORKS, makeNetwork } from '../../src/consensus/networks.ts'
import { unixSeconds } from '../../src/ports/clock.ts'
import { createTestChain } from '../support/test-chain.ts'

const MOVING = makeNetwork({
  ...BUILT_IN_NETWORKS.dev,
  name: 'moving',
  spacing: 30,
  halfLife: 600,
  gapCap: 300,
})

describe('header line', () => {
  it('judges as the chain does that has all the headers, and comes to the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 0, max: 25 }),
        async (steps, start) => {
          const { chain, clock, mine } = await createTestChain({ parameters: MOVING })
          const headers = []
          const lines = [chain.headerLine(chain.genesis)]
          for (const step of steps) {
            const time = chain.tip().medianTimePast + step
            headers.push((await mine({ header: { time } })).header)
            lines.push(chain.headerLine(chain.tip()))
          }
          const from = Math.min(start, steps.length)
          let line = lines[from]!
          for (const [i, header] of headers.slice(from).entries()) {
            const next = extendLine(MOVING, line, header, unixSeconds(clock))
            if (!next.ok) throw new Error(next.error.code)
            line = next.value
            expect(line).toEqual(lines[from + i + 1])
          }
        },
      ),
      { numRuns: 12 },
    )
  })

  it('refuses what does not follow, claims too little, or is out of its time', async () => {
    const { chain, clock, build } = await createTestChain()
    const line = chain.headerLine(chain.genesis)
    const now = unixSeconds(clock)
    const { header } = build()
    const codeOf = (result: ReturnType<typeof extendLine>) => result.ok || result.error.code
    expect(codeOf(extendLine(chain.parameters, line, header, now))).toBe(true)
    const after = extendLine(chain.parameters, line, header, now)
    expect(after.ok && codeOf(extendLine(chain.parameters, after.value, header, now))).toBe('parent-unknown')
    expect(codeOf(extendLine(chain.parameters, line, build({ header: { time: 1 } }).header, now))).toBe(
      'time-too-old',
    )
    expect(codeOf(extendLine(chain.parameters, line, header, header.time - 100_000))).toBe('time-too-new')
  })
})
