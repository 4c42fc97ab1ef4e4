import type { ChainEntry, ChainView } from '../ports/chain.ts'
import type { Clock } from '../ports/clock.ts'
import type { PeerId } from '../ports/transport.ts'
import type { BlockHash } from '../primitives/hash.ts'

/** A branch that is put aside is tried again after this, doubling each time. */
export const MIN_ASIDE_MS = 30_000
const MAX_ASIDE_MS = 60 * 60_000
const MAX_WITHHELD = 256
const MAX_REMEMBERED_VERDICTS = 1_000

/** A block that nobody gave when it was wanted. */
export interface Withheld {
  readonly hash: BlockHash
  /** whose showing of the branch is no news any more */
  readonly shownBy: Set<PeerId>
}

/** Blocks that did not come. Whatever stands on one of them is put aside for a while, whoever adds headers to it. */
export interface WithheldBlocks {
  /** the block that the entry stands on, or is, and that is aside now */
  below(entry: ChainEntry): Withheld | undefined
  putAside(hash: BlockHash): void
  /** Does not wait any longer; the next time the wait is longer all the same. */
  tryAgain(withheld: Withheld): void
  stop(): void
}

interface Aside extends Withheld {
  readonly forMs: number
  /** stops the wait for the next try; undefined where that is over */
  cancel: (() => void) | undefined
}

export interface WithheldBlocksDependencies {
  readonly chain: Pick<ChainView, 'entry' | 'hasBody' | 'isConnected'>
  readonly clock: Pick<Clock, 'after'>
  /** told when the time has come to try a branch again */
  readonly onTry: () => void
}

export function createWithheldBlocks({ chain, clock, onTry }: WithheldBlocksDependencies): WithheldBlocks {
  /** the latest stands last */
  const all = new Map<BlockHash, Aside>()
  /** what was found below headers: branches are long, and are looked at again and again */
  const verdicts = new Map<BlockHash, Aside | undefined>()

  function forget(aside: Aside): void {
    aside.cancel?.()
    all.delete(aside.hash)
    verdicts.clear()
  }

  function tryAgain(hash: BlockHash): void {
    const aside = all.get(hash)
    aside?.cancel?.()
    if (aside !== undefined) aside.cancel = undefined
    verdicts.clear()
  }

  function find(entry: ChainEntry): Aside | undefined {
    for (let at: ChainEntry | undefined = entry; at !== undefined; at = chain.entry(at.header.previous)) {
      const aside = all.get(at.hash)
      if (aside?.cancel !== undefined) return aside
      if (verdicts.has(at.hash)) return verdicts.get(at.hash)
      if (chain.isConnected(at.hash)) return undefined
    }
    return undefined
  }

  return {
    below(entry) {
      for (const aside of all.values()) if (chain.hasBody(aside.hash)) forget(aside)
      if (all.size === 0) return undefined
      const found = find(entry)
      if (verdicts.size >= MAX_REMEMBERED_VERDICTS) verdicts.clear()
      verdicts.set(entry.hash, found)
      return found
    },
    putAside(hash) {
      const before = all.get(hash)
      if (before !== undefined) forget(before)
      const forMs = before === undefined ? MIN_ASIDE_MS : Math.min(2 * before.forMs, MAX_ASIDE_MS)
      const cancel = clock.after(forMs, () => {
        tryAgain(hash)
        onTry()
      })
      all.set(hash, { hash, forMs, cancel, shownBy: before?.shownBy ?? new Set() })
      verdicts.clear()
      if (all.size > MAX_WITHHELD) forget(all.values().next().value!)
    },
    tryAgain: ({ hash }) => tryAgain(hash),
    stop() {
      for (const aside of all.values()) forget(aside)
    },
  }
}
