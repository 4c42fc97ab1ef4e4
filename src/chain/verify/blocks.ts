import { equalBytes } from '../../base/bytes.ts'
import { checkBlock } from '../../consensus/check-block.ts'
import type { Block } from '../../primitives/block.ts'
import type { BlockHash } from '../../primitives/hash.ts'
import { blockKey, headerKey } from '../../storage/keyspace.ts'
import type { TreeEntry } from '../header-tree.ts'
import type { AddressHistory } from './address-history.ts'
import { type Ground, isDamaged, readBlock, readUndo } from './ground.ts'
import { blockPlace } from './headers.ts'
import { inputsOf, type Replay } from './replay.ts'
import type { TransactionIndex } from './transaction-index.ts'

/** Looks at every block by itself, lowest first, and hands those of the chain to the replay and the indexes. */
export async function verifyBlocks(
  ground: Ground,
  replay: Replay | undefined,
  index: TransactionIndex | undefined,
  history: AddressHistory | undefined,
): Promise<void> {
  const { order, report, signal, findings } = ground
  const known = new Set<BlockHash>()
  for (const [done, entry] of order.entries()) {
    signal.throwIfAborted()
    known.add(entry.hash)
    checkPresence(ground, entry)
    const block = entry.hasBody ? await readBlock(ground, entry) : undefined
    const undo = entry.valid && !entry.pruned ? await readUndo(ground, entry) : undefined
    if (block !== undefined && checkBody(ground, entry, block)) {
      const fits = undo === undefined || undo.length === inputsOf(block)
      if (!fits) findings.add('undo-wrong', blockPlace(entry))
      await replay?.take(entry, block, fits ? undo : undefined)
      await index?.take(entry, block)
      if (undo !== undefined && fits) await history?.take(entry, block, undo)
    } else if (block === undefined && isUnreadable(ground, entry))
      findings.add('block-wrong', `${blockPlace(entry)} malformed`)
    report({ step: 'checking blocks', unit: 'blocks', done: done + 1, total: order.length })
  }
  checkStrangers(ground, known)
}

function checkPresence(ground: Ground, entry: TreeEntry): void {
  const { findings, scanned } = ground
  const { hash, hasBody, pruned, valid } = entry
  const place = blockPlace(entry)
  const hasUndo = scanned.undo.has(hash)
  const wantsUndo = valid && !pruned
  if (hasBody && !scanned.bodies.has(hash)) findings.add('block-missing', place)
  if (!hasBody && scanned.bodies.has(hash)) findings.add('block-unexpected', place)
  if (wantsUndo && !hasUndo) findings.add('undo-missing', place)
  if (!wantsUndo && hasUndo) findings.add('undo-unexpected', place)
}

/** Whether a body is there, matches its checksum, and is no block all the same. */
const isUnreadable = (ground: Ground, { hash, hasBody }: TreeEntry): boolean =>
  hasBody && ground.scanned.bodies.has(hash) && !isDamaged(ground, blockKey(hash))

function checkBody({ findings, parameters }: Ground, entry: TreeEntry, block: Block): boolean {
  const { height, parent } = entry
  let fault: string | undefined
  // The first block is what the network is; the rules are for those after it.
  if (parent === undefined)
    fault = equalBytes(block.bytes, parameters.genesis.bytes) ? undefined : 'malformed'
  else {
    const checked = checkBlock(block, { height, medianTimePast: parent.medianTimePast })
    fault = checked.ok ? undefined : checked.error.code
  }
  if (fault !== undefined) findings.add('block-wrong', `${blockPlace(entry)} ${fault}`)
  return fault === undefined
}

/** Tells of bodies and undo data whose header is not there. */
function checkStrangers(ground: Ground, known: ReadonlySet<BlockHash>): void {
  const { findings, scanned, tree } = ground
  const isStranger = (hash: BlockHash): boolean =>
    !known.has(hash) && tree.get(hash) === undefined && !isDamaged(ground, headerKey(hash))
  for (const hash of scanned.bodies) if (isStranger(hash)) findings.add('block-unexpected', hash)
  for (const hash of scanned.undo) if (isStranger(hash)) findings.add('undo-unexpected', hash)
}
