import type { Limits, Verdict } from './verdicts.ts'
import type { World } from './world.ts'

/** How a scenario plays, from the moment at which the nodes are there. */
export interface Staged {
  /** stops adversaries and mends what is broken, at the end of the minutes: from then on nodes have to agree */
  end?(): void
  /** what has to hold besides the invariants of all scenarios */
  check?(): readonly Verdict[]
  /** figures of its own */
  figures?(): Readonly<Record<string, number>>
}

export interface Scenario {
  readonly name: string
  /** in one line */
  readonly summary: string
  /** where it allows more than usual */
  readonly limits?: Partial<Limits>
  /** the fewest nodes and minutes with which it means anything */
  readonly leastNodes: number
  readonly leastMinutes: number
  /** Adds the nodes and puts what happens on the clock. */
  stage(world: World): Staged
}
