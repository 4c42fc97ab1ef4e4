import { execFileSync } from 'node:child_process'
import { errorCode } from '../../src/base/errors.ts'
import { openChainDatabase } from '../../src/platform/node/chain-database.ts'

/**
 * A process whose files may not grow beyond a limit that its parent has set: it writes into the data directory in its
 * argument until that fails, tries again and reads, lifts the limit, and goes on. It tells the numbers of the writes
 * that succeeded before and after, and why those in between did not.
 */
const [dataDirectory] = process.argv.slice(2)
const { store, close } = await openChainDatabase(dataDirectory!)
let number = 0
const keyOf = (each: number) => Uint8Array.of(each >> 8, each)
const write = async (written: number[], refused: unknown[]): Promise<boolean> => {
  number += 1
  const value = new Uint8Array(1_000).fill(number)
  try {
    await store.batch([{ key: keyOf(number), value }], { sync: true })
    written.push(number)
    return true
  } catch (error) {
    refused.push(errorCode(error))
    return false
  }
}
const before: number[] = []
const after: number[] = []
const refused: unknown[] = []
while (await write(before, refused));
for (let i = 0; i < 3; i++) await write(after, refused)
const readable = (await store.getMany(before.map(keyOf))).filter((value) => value !== undefined).length
execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited'])
for (let i = 0; i < 100; i++) await write(after, refused)
await close()
process.stdout.write(JSON.stringify({ before, after, refused, readable }))
