import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What a victim says that it begins with; the last thing that it said is what it was at when it was killed. */
export type VictimStep =
  | 'loaded'
  | 'opening'
  | 'recovering'
  | 'connecting'
  | 'reorganising'
  | 'flushing'
  /** the disk takes nothing: it tries again until it does */
  | 'refused'
  | 'stopping'
  | 'done'

/** The blocks of a history in the order in which they are offered, as a victim reads them from a file. */
export type StoredHistory = readonly { readonly hex: string; readonly reorganises: boolean }[]

/** How a victim works. */
export interface VictimOrder {
  readonly dataDirectory: string
  /** memory for coins: the less, the more often it flushes */
  readonly maxCacheBytes: number
  /** blocks that it offers before the first of them has been accepted */
  readonly atOnce: number
}

/** When to kill: so long after a step has been begun for the nth time. */
export interface Aim {
  readonly step: VictimStep
  readonly nth: number
  readonly delayMs: number
}

export interface VictimEnd {
  /** what it was at; `done` where it came to its end first */
  readonly step: VictimStep
  /** how many offers it has told of as accepted, those of earlier victims counted; 0 where it told of none */
  readonly acknowledged: number
}

/** A process that is ready to take blocks into a chain on disk (`kill-victim.ts`). */
export interface Victim {
  /** Lets it begin, and kills it. */
  run(order: VictimOrder, aim: Aim): Promise<VictimEnd>
  kill(): void
  /** Told each step that it begins, and each offer that it tells of. */
  onLine(listener: (line: VictimStep | number) => void): void
}

const MAIN = fileURLToPath(new URL('./kill-victim-main.ts', import.meta.url))

/**
 * Starts a victim that loads what it needs, and waits.
 * @param historyFile - a `StoredHistory` as JSON
 * @param inside - the words in front of a command that is to run elsewhere
 */
export function loadVictim(historyFile: string, inside: readonly string[] = []): Victim {
  const [command, ...words] = [...inside, process.execPath, MAIN, historyFile]
  const child = spawn(command!, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  // It may be dead by the time that it is told.
  child.stdin.on('error', () => {})
  const loaded = Promise.withResolvers<void>()
  loaded.promise.catch(() => {})
  let step: VictimStep = 'loaded'
  let acknowledged = 0
  let left = Number.POSITIVE_INFINITY
  let aim: Aim | undefined
  const listeners: ((line: VictimStep | number) => void)[] = []
  const kill = (): void => void child.kill('SIGKILL')
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (/^\d+$/.test(line)) {
      acknowledged = Math.max(acknowledged, Number(line))
      for (const listener of listeners) listener(Number(line))
      return
    }
    step = line as VictimStep
    for (const listener of listeners) listener(step)
    if (step === 'loaded') loaded.resolve()
    if (step !== aim?.step || --left !== 0) return
    if (aim.delayMs === 0) kill()
    else setTimeout(kill, aim.delayMs)
  })
  const ended = once(child, 'close') as Promise<[code: number | null]>
  ended.then(([code]) => loaded.reject(new Error(`the victim ended with ${code} before it was loaded`)))
  return {
    kill,
    onLine: (listener) => void listeners.push(listener),
    async run(order, chosen) {
      await loaded.promise
      aim = chosen
      left = chosen.nth
      child.stdin.write(JSON.stringify(order))
      const [code] = await ended
      if (code !== null && code !== 0) throw new Error(`the victim ended with ${code} while ${step}`)
      return { step, acknowledged }
    },
  }
}
