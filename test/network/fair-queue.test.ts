import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFairQueue } from '../../src/network/fair-queue.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { settle } from '../support/network-node.ts'

const PEERS = ['a', 'b', 'c'] as PeerId[]
const [A, B] = PEERS as [PeerId, PeerId]
const LIMITS = { underWay: 2, maxPeerJobs: 4, maxPeerSize: 10 }

/** A queue whose jobs end when the test says so. */
function setting() {
  const queue = createFairQueue(LIMITS)
  const started: { readonly name: string; readonly end: () => void }[] = []
  const run = (peer: PeerId, name: string, size = 1) =>
    queue.run(peer, size, async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      started.push({ name, end: resolve })
      await promise
      return name
    })
  return { run, started }
}

describe('fair queue', () => {
  it('lets peers take turns, however many jobs one of them brings', async () => {
    const { run, started } = setting()
    for (const name of ['a1', 'a2', 'a3', 'a4']) void run(A, name)
    for (const name of ['b1', 'b2']) void run(B, name)
    for (let next = 0; next < 6; next++) {
      started[next]!.end()
      await settle()
    }
    expect(started.map(({ name }) => name)).toEqual(['a1', 'a2', 'a3', 'b1', 'a4', 'b2'])
  })

  it('turns away what is too much for a peer, in number or in size, but never the only one', () => {
    const { run } = setting()
    expect(run(A, 'large', 1_000)).toBeDefined()
    expect(run(A, 'another')).toBeUndefined()
    for (let i = 0; i < 4; i++) expect(run(B, 'small')).toBeDefined()
    expect(run(B, 'fifth')).toBeUndefined()
  })

  it('goes on after a job that fails', async () => {
    const queue = createFairQueue({ ...LIMITS, underWay: 1 })
    const failed = queue.run(A, 1, () => Promise.reject(new Error('broken')))
    const next = queue.run(A, 1, async () => 'done')
    await expect(failed).rejects.toThrow('broken')
    expect(await next).toBe('done')
  })

  it('runs each job once, never more at a time than it may, each peer in its own order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ peer: fc.constantFrom(...PEERS), size: fc.nat(5), end: fc.boolean() }), {
          maxLength: 30,
        }),
        async (steps) => {
          const { run, started } = setting()
          const wanted = new Map<PeerId, string[]>()
          const results: (Promise<string> | undefined)[] = []
          let ended = 0
          for (const [index, { peer, size, end }] of steps.entries()) {
            const result = run(peer, `${peer}${index}`, size)
            if (result) wanted.set(peer, [...(wanted.get(peer) ?? []), `${peer}${index}`])
            results.push(result)
            expect(started.length - ended).toBeLessThanOrEqual(LIMITS.underWay)
            if (end && ended < started.length) started[ended++]!.end()
            await Promise.resolve()
          }
          for (; ended < started.length; await settle()) started[ended++]!.end()
          await Promise.all(results)
          for (const peer of PEERS)
            expect(started.map(({ name }) => name).filter((name) => name.startsWith(peer))).toEqual(
              wanted.get(peer) ?? [],
            )
        },
      ),
      { numRuns: 50 },
    )
  })
})
