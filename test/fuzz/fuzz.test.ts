import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { readTree } from '../arch/tree.ts'
import { damaged } from '../support/arbitrary.ts'
import { makeCorpus } from './corpus.ts'
import { DECODERS, type Decoder } from './decoders.ts'
import { fuzz } from './fuzz.ts'

vi.setConfig({ testTimeout: 120_000 })

/** The same in every run, so that a run that fails can be told from one that has changed; another one to look for more. */
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_121)
/** Over all decoders. */
const BYTES = Number(process.env.FUZZ_BYTES ?? 10_000_000)
const PROPERTY_RUNS = 100

const corpus = await makeCorpus()
const seedsOf = (decoder: Decoder): readonly Uint8Array[] => decoder.seeds(corpus)
const strangers = DECODERS.flatMap(seedsOf)
const shares = DECODERS.reduce((sum, { share = 1 }) => sum + share, 0)
const tried = new Map<string, number>()

describe('changed messages neither crash, nor take memory or time that their length does not explain', () => {
  it.each(DECODERS)('$name', (decoder) => {
    const bytes = Math.ceil((BYTES * (decoder.share ?? 1)) / shares)
    const figures = fuzz(decoder, { seed: SEED, bytes, seeds: seedsOf(decoder), strangers })
    tried.set(decoder.name, figures.bytes)
    if (process.env.FUZZ_FIGURES) console.log(decoder.name, figures)
  })

  it('all of them together', ({ task }) => {
    // Where tests are chosen by name this one has nothing to count.
    if (tried.size < DECODERS.length) return expect(task.mode).toBe('run')
    expect([...tried.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThanOrEqual(BYTES)
  })
})

describe('noise and damage, as fast-check shrinks it, never crash', () => {
  it.each(DECODERS)('$name', (decoder) => {
    const seeds = seedsOf(decoder)
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged(fc.constantFrom(...seeds))),
        (bytes) => void decoder.decode(bytes),
      ),
      { numRuns: PROPERTY_RUNS },
    )
  })
})

describe('the list of decoders', () => {
  /** Names by which an export reads bytes that a peer has sent. */
  const READS_BYTES = /^decode[A-Z]|^create\w*Decoder$|^open\w+Message$/
  const exported = readTree('protocols', 'src/primitives').flatMap(({ path, exports }) =>
    path.includes('/gen/')
      ? []
      : exports
          .filter(({ name, type }) => !type && READS_BYTES.test(name))
          .map(({ name }) => `${path} ${name}`),
  )

  it('has every one that protocols/ and src/primitives export: a new one goes into test/fuzz/decoders.ts', () => {
    const covered = new Set(DECODERS.flatMap(({ covers }) => covers))
    expect(exported.filter((name) => !covered.has(name))).toEqual([])
  })

  it('names none that is gone', () => {
    const present = new Set(exported)
    expect(DECODERS.flatMap(({ covers }) => covers).filter((name) => !present.has(name))).toEqual([])
  })
})
