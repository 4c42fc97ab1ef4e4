import { invariant } from '../base/errors.ts'
import { advanceSchedule, genesisSchedule, type ScheduleState } from '../consensus/difficulty.ts'
import type { HeaderLine } from '../consensus/header-line.ts'
import { MEDIAN_TIME_SPAN } from '../consensus/limits.ts'
import { medianTime } from '../consensus/median-time.ts'
import type { NetworkParameters } from '../consensus/parameters.ts'
import type { RuleViolation } from '../consensus/rules.ts'
import type { ChainEntry } from '../ports/chain.ts'
import type { BlockHash } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'
import { targetOfBits, workOfTarget } from '../primitives/target.ts'
import type { HeaderRecord } from '../storage/header-records.ts'

/** A header with its place in the tree and what is known of its block. */
export class TreeEntry implements ChainEntry, ScheduleState {
  readonly header: BlockHeader
  readonly height: number
  readonly work: bigint
  readonly medianTimePast: number
  readonly lost: number
  readonly latest: number
  readonly parent: TreeEntry | undefined
  readonly children: TreeEntry[] = []
  /** the body is on disk, or about to be with a commit */
  hasBody = false
  /** the body has reached the disk, or does so in the batch that is being written: before, the disk must not know of it */
  stored = false
  /** the body was there and has been dropped */
  pruned = false
  /** connected once with every check, so that it will never fail */
  valid = false
  /** it and all its ancestors have bodies, or had them */
  linked = false
  /** position in the order in which blocks became linked: at equal work the first stays */
  sequence = 0
  /** the block itself broke a rule; which one is forgotten over a restart */
  invalid = false
  fault: RuleViolation | undefined
  /** it or an ancestor is invalid */
  failed = false

  constructor(header: BlockHeader, parent: TreeEntry | undefined, schedule: ScheduleState) {
    const target = targetOfBits(header.bits)
    invariant(target !== undefined, 'a header in the tree has a target')
    this.header = header
    this.parent = parent
    this.height = schedule.height
    this.lost = schedule.lost
    this.latest = schedule.latest
    this.work = (parent?.work ?? 0n) + workOfTarget(target)
    this.medianTimePast = medianTime(this.#lastTimes())
  }

  /** Of this header and the ten before it, latest first. */
  #lastTimes(): number[] {
    const times: number[] = []
    for (
      let e: TreeEntry | undefined = this;
      e !== undefined && times.length < MEDIAN_TIME_SPAN;
      e = e.parent
    )
      times.push(e.time)
    return times
  }

  /** What the rules ask of it and the headers below. */
  line(): HeaderLine {
    const { hash, height, time, lost, latest, work } = this
    return { hash, schedule: { height, time, lost, latest }, times: this.#lastTimes().reverse(), work }
  }

  get hash(): BlockHash {
    return this.header.hash
  }

  get time(): number {
    return this.header.time
  }
}

/** What the store keeps of an entry. */
export function recordOf(entry: TreeEntry): HeaderRecord {
  const { header, height, lost, latest, stored, invalid, pruned } = entry
  const [hasBody, valid] = [stored && entry.hasBody, stored && entry.valid]
  return { header, height, lost, latest, hasBody, invalid, valid, pruned }
}

/** What the store keeps of the first block. */
export const genesisRecord = (genesis: TreeEntry): HeaderRecord => ({
  ...recordOf(genesis),
  hasBody: true,
  valid: true,
})

/** Every header that holds, by hash, from genesis up. */
export class HeaderTree {
  readonly genesis: TreeEntry
  readonly #parameters: NetworkParameters
  readonly #entries = new Map<BlockHash, TreeEntry>()
  #best: TreeEntry
  #linkedCount = 0

  constructor(parameters: NetworkParameters) {
    this.#parameters = parameters
    const { header } = parameters.genesis
    this.genesis = new TreeEntry(header, undefined, genesisSchedule(header.time))
    this.#entries.set(header.hash, this.genesis)
    this.#best = this.genesis
  }

  get(hash: BlockHash): TreeEntry | undefined {
    return this.#entries.get(hash)
  }

  /** The header with the most work under which nothing is known to be invalid; the first of equals. */
  get best(): TreeEntry {
    return this.#best
  }

  get size(): number {
    return this.#entries.size
  }

  /** Puts a header that has been checked under its parent. */
  add(header: BlockHeader, parent: TreeEntry): TreeEntry {
    const entry = new TreeEntry(header, parent, advanceSchedule(parent, header.time, this.#parameters.gapCap))
    entry.failed = parent.failed
    parent.children.push(entry)
    this.#entries.set(header.hash, entry)
    if (!entry.failed && entry.work > this.#best.work) this.#best = entry
    return entry
  }

  /** Notes that the entry's body is there; returns the entries that are linked by it, parents first. */
  bodyArrived(entry: TreeEntry): TreeEntry[] {
    entry.hasBody = true
    return this.#link(entry)
  }

  /** Takes over what the store knows of an entry; returns the entries that are linked by it, parents first. */
  restoreStatus(entry: TreeEntry, { hasBody, pruned, valid }: HeaderRecord): TreeEntry[] {
    entry.hasBody = hasBody
    entry.stored = hasBody || pruned
    entry.pruned = pruned
    entry.valid = valid
    return hasBody || pruned ? this.#link(entry) : []
  }

  #link(entry: TreeEntry): TreeEntry[] {
    if (entry.linked || (entry.parent !== undefined && !entry.parent.linked)) return []
    const linked = [entry]
    for (const each of linked) {
      each.linked = true
      each.sequence = this.#linkedCount++
      for (const child of each.children) if (child.hasBody || child.pruned) linked.push(child)
    }
    return linked
  }

  /** Takes `bodyArrived` back: the body could not be stored. */
  bodyLost(entry: TreeEntry): void {
    entry.hasBody = false
    for (const each of descendants(entry)) each.linked = false
  }

  /** Notes that a block breaks a rule; all that descends from it fails with it. */
  condemn(entry: TreeEntry, fault: RuleViolation | undefined): void {
    invariant(entry !== this.genesis, 'genesis is valid')
    entry.invalid = true
    entry.fault = fault
    for (const each of descendants(entry)) each.failed = true
    if (this.#best.failed) this.#findBest()
  }

  /**
   * Takes the verdict back from an entry, its ancestors and all that descends from it.
   * @returns the entries whose own verdict changed
   */
  pardon(entry: TreeEntry): TreeEntry[] {
    const pardoned: TreeEntry[] = []
    const forgive = (each: TreeEntry): void => {
      each.failed = false
      if (!each.invalid) return
      each.invalid = false
      each.fault = undefined
      pardoned.push(each)
    }
    let top = entry
    for (let each: TreeEntry | undefined = entry; each?.failed; each = each.parent) top = each
    for (let each = entry; each !== top; each = each.parent!) if (each.invalid) forgive(each)
    if (top.invalid) forgive(top)
    for (const each of descendants(entry)) forgive(each)
    for (const each of descendants(top)) each.failed = each.invalid || (each.parent?.failed ?? false)
    this.#findBest()
    return pardoned
  }

  #findBest(): void {
    this.#best = this.genesis
    for (const each of this.#entries.values())
      if (!each.failed && each.work > this.#best.work) this.#best = each
  }

  /** Entries without children, the one with the most work first. */
  tips(): TreeEntry[] {
    return [...this.#entries.values()]
      .filter(({ children }) => children.length === 0)
      .sort((a, b) => (a.work < b.work ? 1 : a.work > b.work ? -1 : 0))
  }

  /** Linked entries that have not failed, with more work than `work`. */
  linkedAbove(work: bigint): TreeEntry[] {
    return [...this.#entries.values()].filter((each) => each.linked && !each.failed && each.work > work)
  }
}

/** The entry and everything below it. */
function descendants(entry: TreeEntry): TreeEntry[] {
  const all = [entry]
  for (const each of all) for (const child of each.children) all.push(child)
  return all
}
