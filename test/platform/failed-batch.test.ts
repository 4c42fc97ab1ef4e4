import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { takeBackFailedBatch } from '../../src/platform/node/failed-batch.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const key = (number: number) => Uint8Array.of(1, number)

/** A database that has been closed and opened, and has then written batches of these sizes in bytes, a record each. */
async function writeBatches(sizes: readonly number[]) {
  const folder = await temporaryDirectory()
  const before = await openLevelStore(folder)
  await before.batch([{ key: Uint8Array.of(0), value: new Uint8Array(5_000) }])
  await before.close()
  const store = await openLevelStore(folder)
  for (const [number, size] of sizes.entries())
    await store.batch([
      { key: key(number), value: new Uint8Array(size).fill(number) },
      { key: Uint8Array.of(2), value: undefined },
    ])
  await store.close()
  return { folder, written: store.written }
}

async function expectLeft(folder: string, sizes: readonly number[], count: number): Promise<void> {
  const store = await openLevelStore(folder, { createIfMissing: false })
  const values = await store.getMany(sizes.map((_, number) => key(number)))
  expect(values.map((value) => value?.length)).toEqual(sizes.map((size, i) => (i < count ? size : undefined)))
  expect(await store.get(Uint8Array.of(0))).toHaveLength(5_000)
  await store.close()
}

const logLength = async (folder: string): Promise<number> => {
  const [log] = (await readdir(folder)).filter((name) => name.endsWith('.log'))
  return (await stat(join(folder, log!))).size
}

describe('a batch whose writing has failed and that stands in the log all the same', () => {
  it('is not there when the database is opened again, wherever in the log it stands', async () => {
    const random = createSeededRandom('failed batch')
    for (let round = 0; round < 40; round++) {
      // Around the end of a block of the log all cases are close to each other.
      const end = 32_768 - 60 - random.below(40)
      const sizes = [[end], [end - 200, 100], [100_000], [end, 70_000], [0]][round % 5]!
      const { folder, written } = await writeBatches([...sizes, 10 + random.below(50_000)])
      const whole = await logLength(folder)
      await takeBackFailedBatch(folder, written - 2)
      expect(await logLength(folder)).toBeLessThan(whole)
      await expectLeft(folder, [...sizes, 1], sizes.length)
    }
  })

  it('is the only thing that is taken', async () => {
    const sizes = [10, 40_000, 300]
    const { folder, written } = await writeBatches(sizes)
    const whole = await logLength(folder)
    await takeBackFailedBatch(folder, written)
    expect(await logLength(folder)).toBe(whole)
    await expectLeft(folder, sizes, 3)
  })

  it('leaves an empty log where it is the first', async () => {
    const { folder } = await writeBatches([10])
    await takeBackFailedBatch(folder, 0)
    expect(await logLength(folder)).toBe(0)
    await expectLeft(folder, [10], 0)
  })
})

it('a batch that was acknowledged and is not there is damage', async () => {
  const { folder, written } = await writeBatches([10, 20])
  await expect(takeBackFailedBatch(folder, written + 1)).rejects.toThrow('batches are missing')
})
