import { type Err, ok, type Result } from '../base/result.ts'
import { checkHeader, checkProofOfWork } from '../consensus/check-header.ts'
import { nextBits } from '../consensus/difficulty.ts'
import { broken, type RuleViolation } from '../consensus/rules.ts'
import { type Clock, unixSeconds } from '../ports/clock.ts'
import type { BlockHeader } from '../primitives/header.ts'
import type { ChainState } from './chain-state.ts'
import type { TreeEntry } from './header-tree.ts'

/** Lets headers that keep every rule into the tree. */
export class HeaderIntake {
  readonly #state: ChainState
  readonly #unsaved: Set<TreeEntry>
  readonly #clock: Clock

  /** @param unsaved - where new entries are put to be written */
  constructor(state: ChainState, unsaved: Set<TreeEntry>, clock: Clock) {
    this.#state = state
    this.#unsaved = unsaved
    this.#clock = clock
  }

  /** The header's entry, known or new. */
  accept(header: BlockHeader): Result<TreeEntry, RuleViolation> {
    const { tree, parameters } = this.#state
    const known = tree.get(header.hash)
    if (known !== undefined) return known.failed ? failureOf(known) : ok(known)
    const work = checkProofOfWork(header, parameters)
    if (!work.ok) return work
    const parent = tree.get(header.previous)
    if (parent === undefined) return broken('parent-unknown', { hash: header.hash, parent: header.previous })
    if (parent.failed) return broken('parent-invalid', { hash: header.hash, parent: header.previous })
    const context = {
      expectedBits: nextBits(parameters, parent),
      medianTimePast: parent.medianTimePast,
      now: unixSeconds(this.#clock),
    }
    const checked = checkHeader(header, context, parameters)
    if (!checked.ok) return checked
    const entry = tree.add(header, parent)
    this.#unsaved.add(entry)
    return ok(entry)
  }
}

/** Why an entry that has failed cannot be had. */
export function failureOf(entry: TreeEntry): Err<RuleViolation> {
  if (!entry.invalid) return broken('parent-invalid', { hash: entry.hash })
  return broken(entry.fault?.code ?? 'block-known-invalid', { hash: entry.hash, ...entry.fault?.details })
}
