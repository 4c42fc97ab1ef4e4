import { checkHeader, checkProofOfWork } from '../../consensus/check-header.ts'
import { nextBits } from '../../consensus/difficulty.ts'
import type { NetworkParameters } from '../../consensus/parameters.ts'
import type { BlockHash } from '../../primitives/hash.ts'
import type { BlockHeader } from '../../primitives/header.ts'
import type { HeaderRecord } from '../../storage/header-records.ts'
import { headerOrder } from '../header-order.ts'
import { HeaderTree, type TreeEntry } from '../header-tree.ts'
import type { Findings } from './findings.ts'

/** A block as it is shown to people. */
export const blockPlace = ({ hash, height }: Pick<TreeEntry, 'hash' | 'height'>): string =>
  `${height} ${hash}`

/**
 * Builds the tree of the stored headers and holds each against the rules, but for the clock: it was taken in before.
 * @returns the tree, and its entries by height without genesis
 */
export function verifyHeaders(
  records: ReadonlyMap<BlockHash, HeaderRecord>,
  parameters: NetworkParameters,
  findings: Findings,
): { tree: HeaderTree; order: TreeEntry[] } {
  const tree = new HeaderTree(parameters)
  const headers = new Map([...records].map(([hash, { header }]) => [hash, header]))
  const genesis = records.get(tree.genesis.hash)
  if (genesis === undefined) findings.add('header-wrong', blockPlace(tree.genesis))
  else place(tree, tree.genesis, genesis, findings)

  const order: TreeEntry[] = []
  for (const header of headerOrder(headers, tree.genesis.hash)) {
    const entry = enter(tree, header, parameters, findings)
    if (entry === undefined) continue
    place(tree, entry, records.get(header.hash)!, findings)
    order.push(entry)
  }
  for (const { hash, previous } of headers.values())
    if (tree.get(hash) === undefined && !headers.has(previous)) findings.add('header-unlinked', hash)
  return { tree, order }
}

/** Undefined where the header, or one below it, breaks a rule so that it has no place. */
function enter(
  tree: HeaderTree,
  header: BlockHeader,
  parameters: NetworkParameters,
  findings: Findings,
): TreeEntry | undefined {
  const parent = tree.get(header.previous)
  if (parent === undefined) return undefined
  const context = {
    expectedBits: nextBits(parameters, parent),
    medianTimePast: parent.medianTimePast,
    now: Number.POSITIVE_INFINITY,
  }
  const work = checkProofOfWork(header, parameters)
  const checked = work.ok ? checkHeader(header, context, parameters) : work
  if (checked.ok) return tree.add(header, parent)
  findings.add('header-rule-broken', `${parent.height + 1} ${header.hash} ${checked.error.code}`)
  return undefined
}

function place(tree: HeaderTree, entry: TreeEntry, record: HeaderRecord, findings: Findings): void {
  const { height, lost, latest, hasBody, pruned, valid } = record
  const isPlaced = height === entry.height && lost === entry.lost && latest === entry.latest
  tree.restoreStatus(entry, record)
  const connected = entry.parent === undefined || entry.parent.valid
  const isPossible = !(hasBody && pruned) && !(valid && !((hasBody || pruned) && connected))
  if (!isPlaced || !isPossible) findings.add('header-wrong', blockPlace(entry))
}
