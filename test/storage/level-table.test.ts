import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Level } from 'level'
import { beforeAll, describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { crc32c } from '../../src/storage/crc32c.ts'
import {
  type BlockHandle,
  FOOTER_BYTES,
  LevelBlockReader,
  readFooter,
  readLayout,
} from '../../src/storage/level-table.ts'

const VIEW = { keyEncoding: 'view', valueEncoding: 'view' } as const

/** A table that LevelDB has written of 2,000 records, one of them larger than many blocks. */
async function makeTable(compression: boolean): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-test-'))
  const options = { ...VIEW, compression }
  const database = new Level<Uint8Array, Uint8Array>(folder, options)
  await database.open()
  const batch = database.batch()
  for (let i = 0; i < 2_000; i++)
    batch.put(Uint8Array.of(...new Uint8Array(40), i >> 8, i), new Uint8Array(i === 77 ? 50_000 : 60).fill(i))
  await batch.write()
  // Behind a restart, what was in the log is a table.
  await database.close()
  await database.open()
  await database.close()
  const name = (await readdir(folder)).find((each) => each.endsWith('.ldb'))!
  const table = new Uint8Array(await readFile(join(folder, name)))
  await rm(folder, { recursive: true })
  return table
}

/** What is wrong with a table, read in chunks of that size; undefined: nothing. */
function faultIn(table: Uint8Array, chunk = table.length): string | undefined {
  const footerAt = table.length - FOOTER_BYTES
  const footer = readFooter(table.subarray(footerAt), table.length)
  if (!footer.ok) return footer.error
  const { metaindex } = footer.value
  const layout = readLayout(table.subarray(metaindex.offset, footerAt), footer.value)
  if (!layout.ok) return layout.error
  const blocks = new LevelBlockReader([...layout.value.data, ...layout.value.meta])
  for (let at = 0; at < metaindex.offset; at += chunk) {
    const fault = blocks.read(table.subarray(at, Math.min(at + chunk, metaindex.offset)))
    if (fault !== undefined) return fault
  }
  return undefined
}

describe('a table', () => {
  let table: Uint8Array
  beforeAll(async () => {
    table = await makeTable(false)
  })

  it('has blocks from its first byte to its footer: data, a filter, the metaindex and the index', () => {
    const footer = readFooter(table.subarray(-FOOTER_BYTES), table.length)
    if (!footer.ok) throw new Error(footer.error)
    const { metaindex, index } = footer.value
    const layout = readLayout(table.subarray(metaindex.offset, -FOOTER_BYTES), footer.value)
    if (!layout.ok) throw new Error(layout.error)
    const { data, meta } = layout.value
    expect(data.length).toBeGreaterThan(20)
    expect(Math.max(...data.map(({ size }) => size))).toBeGreaterThan(50_000)
    expect(meta).toHaveLength(1)
    let at = 0
    for (const block of [...data, ...meta, metaindex, index] satisfies BlockHandle[]) {
      expect(block.offset).toBe(at)
      at += block.size + 5
    }
    expect(at).toBe(table.length - FOOTER_BYTES)
  })

  it('is whole, read in chunks of any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), (chunk) => {
        expect(faultIn(table, chunk)).toBeUndefined()
      }),
      { examples: [[1], [4], [5]], numRuns: 30 },
    )
  })

  it('with any one bit flipped is not', () => {
    fc.assert(
      fc.property(fc.nat(table.length * 8 - 1), fc.integer({ min: 1, max: 9_999 }), (bit, chunk) => {
        table[bit >> 3]! ^= 1 << (bit & 7)
        const fault = faultIn(table, chunk)
        table[bit >> 3]! ^= 1 << (bit & 7)
        expect(fault).toEqual(expect.any(String))
      }),
      { numRuns: 500 },
    )
  })

  it('with any bit of its last 150 bytes flipped is not: index and footer', () => {
    for (let bit = (table.length - 150) * 8; bit < table.length * 8; bit++) {
      table[bit >> 3]! ^= 1 << (bit & 7)
      expect(faultIn(table), `bit ${bit}`).toEqual(expect.any(String))
      table[bit >> 3]! ^= 1 << (bit & 7)
    }
  })

  it.each([
    [0, 'it is too short for a table'],
    [30, 'it is too short for a table'],
    [48, 'its footer names blocks that are not there'],
    [-1, 'its last bytes are not those of a table'],
  ])('of %i bytes is none', (length, why) => {
    const cut = length === FOOTER_BYTES ? table.slice(-FOOTER_BYTES) : table.slice(0, length)
    expect(readFooter(cut.slice(-FOOTER_BYTES), cut.length)).toEqual({ ok: false, error: why })
  })
})

describe('an index that matches its checksum', () => {
  /** An index block of one-byte keys with its trailer. */
  function indexOf(handles: readonly (readonly [offset: number, size: number])[]): Uint8Array {
    const entries = handles.flatMap(([offset, size], i) => [0, 1, 2, 0x61 + i, offset, size])
    const block = Uint8Array.of(...entries, 0, 0, 0, 0, 1, 0, 0, 0, 0)
    const crc = crc32c(block)
    const trailer = new Uint8Array(4)
    new DataView(trailer.buffer).setUint32(0, (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, true)
    return concatBytes(block, trailer)
  }
  /** What is wrong with a table of these data blocks, whose metaindex begins at byte 50. */
  function faultOf(handles: Parameters<typeof indexOf>[0]): string | undefined {
    const [meta, data] = [indexOf([]), indexOf(handles)]
    const metaindex = { offset: 50, size: meta.length - 5 }
    const index = { offset: 50 + meta.length, size: data.length - 5 }
    const layout = readLayout(concatBytes(meta, data), { metaindex, index })
    return layout.ok ? undefined : layout.error
  }

  it('names blocks that follow each other up to it', () => {
    const whole = [
      [0, 20],
      [25, 20],
    ] as const
    expect(faultOf(whole)).toBeUndefined()
    expect(faultOf([whole[0], [26, 20]])).toBe('no block begins at byte 25')
    expect(faultOf([whole[0], [0, 20]])).toBe('no block begins at byte 25')
    expect(faultOf([whole[0]])).toBe('no block begins at byte 25')
    expect(faultOf([whole[0], [25, 21]])).toBe('no block begins at byte 51')
  })
})

it('a table with a compressed index tells that an older version made it', async () => {
  expect(faultIn(await makeTable(true))).toBe(
    'its index is compressed: an older version of Cairn made this database',
  )
})
