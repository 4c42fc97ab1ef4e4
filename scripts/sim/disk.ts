import { compareBytes, fromHex, toHex } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Store, StoreRange, StoreWrite } from '../../src/ports/store.ts'

type Values = ReadonlyMap<string, Uint8Array>

/** A node's disk, which outlives the node. */
export interface Disk {
  /** Opens it for a process: writes take their time, and those under way when the process dies are lost. */
  open(clock: Clock): Store & { die(): void }
  /** all that is on it */
  contents(): Values
  /** how many headers are on it */
  headers(): number
}

/** How the keys of headers begin. */
const HEADER = '68'
/** Batches take this long to be safe. */
const WRITE_MS = 1
const SYNC_MS = 4

/**
 * A disk that begins as a copy of another one. Nodes share what they started from, and each holds what it has written:
 * values of equal bytes are one in memory, whoever wrote them.
 * @param shared - values that any disk holds, by key and content
 */
export function createDisk(base: Values, shared: Map<string, Uint8Array>): Disk {
  /** undefined: removed */
  const written = new Map<string, Uint8Array | undefined>()
  let headers = -1

  const get = (key: string): Uint8Array | undefined => (written.has(key) ? written.get(key) : base.get(key))

  function share(key: string, value: Uint8Array): Uint8Array {
    const known = shared.get(key)
    if (known !== undefined && compareBytes(known, value) === 0) return known
    const copy = value.slice()
    shared.set(key, copy)
    return copy
  }

  function apply(writes: readonly { key: string; value: Uint8Array | undefined }[]): void {
    for (const { key, value } of writes) {
      if (key.startsWith(HEADER) && headers >= 0 && get(key) === undefined) headers += 1
      if (value === undefined && !base.has(key)) written.delete(key)
      else written.set(key, value)
    }
  }

  function contents(): Map<string, Uint8Array> {
    const all = new Map(base)
    for (const [key, value] of written)
      if (value === undefined) all.delete(key)
      else all.set(key, value)
    return all
  }

  function open(clock: Clock): Store & { die(): void } {
    let dead = false
    const never = new Promise<never>(() => {})
    const whileAlive = <T>(value: T): Promise<T> => (dead ? never : Promise.resolve(value))
    return {
      die() {
        dead = true
      },
      get: (key) => whileAlive(get(toHex(key))),
      getMany: (keys) => whileAlive(keys.map((key) => get(toHex(key)))),
      async *entries({ gte, lt, reverse = false, limit }: StoreRange) {
        const [first, end] = [toHex(gte), toHex(lt)]
        const found: [string, Uint8Array][] = []
        const take = (key: string, value: Uint8Array | undefined): void => {
          if (value !== undefined && key >= first && key < end) found.push([key, value])
        }
        for (const [key, value] of base) if (!written.has(key)) take(key, value)
        for (const [key, value] of written) take(key, value)
        found.sort(([a], [b]) => (a < b ? -1 : 1))
        if (reverse) found.reverse()
        for (const [key, value] of found.slice(0, limit)) {
          if (dead) throw new CairnError('store-closed', 'the process has died')
          yield [fromHex(key)!, value] as const
        }
      },
      async batch(writes: Iterable<StoreWrite>, { sync = false } = {}) {
        const taken = Array.from(writes, ({ key, value }) => {
          const name = toHex(key)
          return { key: name, value: value && share(name, value) }
        })
        await clock.sleep(sync ? SYNC_MS : WRITE_MS)
        // A process that dies meanwhile never wakes up here: the whole batch is lost.
        apply(taken)
      },
      close: async () => {},
    }
  }

  return {
    open,
    contents,
    headers() {
      if (headers < 0) headers = [...contents().keys()].filter((key) => key.startsWith(HEADER)).length
      return headers
    },
  }
}
