import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRecordFile } from '../../src/platform/node/record-file.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

describe('a record file', () => {
  it('holds nothing until it is written, then what was written last, for its owner alone', async () => {
    const path = join(await temporaryDirectory(), 'record.dat')
    const file = createRecordFile(path)
    expect(await file.read(10)).toBeUndefined()
    await file.write(Uint8Array.of(1, 2, 3))
    await file.write(Uint8Array.of(4, 5))
    expect(new Uint8Array((await file.read(10))!)).toEqual(Uint8Array.of(4, 5))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is not read where it has more bytes than asked for', async () => {
    const path = join(await temporaryDirectory(), 'record.dat')
    await writeFile(path, new Uint8Array(11))
    await expect(createRecordFile(path).read(10)).rejects.toMatchObject({ code: 'record-too-large' })
  })
})
