import type { BlockHash } from '../primitives/hash.ts'
import type { BlockHeader } from '../primitives/header.ts'

/**
 * The headers that descend from genesis, parents first, by height.
 * @param preferred - the block whose branch comes first at each height
 */
export function headerOrder(
  headers: ReadonlyMap<BlockHash, BlockHeader>,
  genesis: BlockHash,
  preferred?: BlockHash,
): BlockHeader[] {
  const children = new Map<BlockHash, BlockHeader[]>()
  for (const header of headers.values()) {
    if (header.hash === genesis) continue
    const siblings = children.get(header.previous)
    if (siblings === undefined) children.set(header.previous, [header])
    else siblings.push(header)
  }
  const first = new Set<BlockHash>()
  let at = preferred && headers.get(preferred)
  for (; at !== undefined; at = headers.get(at.previous)) first.add(at.hash)
  const order: BlockHeader[] = []
  let level = children.get(genesis) ?? []
  while (level.length > 0) {
    level.sort((a, b) => Number(first.has(b.hash)) - Number(first.has(a.hash)))
    for (const header of level) order.push(header)
    level = level.flatMap(({ hash }) => children.get(hash) ?? [])
  }
  return order
}
