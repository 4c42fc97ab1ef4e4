/** What can be wrong with a database, each with a sentence about the places where it is. */
export const FAULTS = {
  'file-damaged': 'a file of the database is damaged, so that its records were not looked at',
  'record-damaged': 'records do not match their checksums',
  'record-malformed': 'records cannot be read',
  'record-unknown': "records are none of Cairn's",
  'meta-wrong': 'settings are missing, or make no sense',
  'header-unlinked': 'headers stand there without their parents',
  'header-rule-broken': 'headers break a rule',
  'header-wrong': 'headers have a height, a schedule or a status that cannot be',
  'block-missing': 'bodies that should be there are missing',
  'block-unexpected': 'bodies are there that no header tells of',
  'block-wrong': 'blocks break a rule',
  'undo-missing': 'undo data that should be there is missing',
  'undo-unexpected': 'undo data is there that no header tells of',
  'undo-wrong': 'undo data is not what the block spent',
  'tip-wrong': 'the tip is a block to which the chain does not lead',
  'coin-missing': 'coins that nothing has spent are missing',
  'coin-unexpected': 'coins are there that nothing has made, or that are spent',
  'coin-wrong': 'coins differ from the outputs that made them',
  'address-missing': 'coins are missing in the index of addresses',
  'address-unexpected': 'the index of addresses has coins that are not there',
  'history-missing': 'what the chain did to addresses is missing in their history',
  'history-wrong': 'the history of addresses tells of what no block did',
  'transaction-missing': 'transactions of the chain are not found through the index of transactions',
  'transaction-wrong': 'the index of transactions names blocks that do not hold them',
} as const

export type FaultCode = keyof typeof FAULTS

export interface Finding {
  readonly code: FaultCode
  readonly sentence: string
  readonly count: number
  /** some of the places, as words */
  readonly examples: readonly string[]
}

const MAX_EXAMPLES = 5

/** Collects what is found: how often, and some of the places. */
export class Findings {
  readonly #found = new Map<FaultCode, { count: number; examples: string[] }>()

  add(code: FaultCode, place: string, count = 1): void {
    const found = this.#found.get(code) ?? { count: 0, examples: [] }
    found.count += count
    if (found.examples.length < MAX_EXAMPLES) found.examples.push(place)
    this.#found.set(code, found)
  }

  list(): Finding[] {
    return [...this.#found].map(([code, { count, examples }]) => ({
      code,
      sentence: FAULTS[code],
      count,
      examples,
    }))
  }
}
