import { nextBits } from '../../src/consensus/difficulty.ts'
import { extendLine, type HeaderLine } from '../../src/consensus/header-line.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { type MerkleRoot, sha256, toHashId } from '../../src/primitives/hash.ts'
import { type BlockHeader, makeHeader } from '../../src/primitives/header.ts'
import { hashValue, targetOfBits, workOfTarget } from '../../src/primitives/target.ts'

/** The line of a network's genesis. */
export function lineOfGenesis({ genesis: { header } }: NetworkParameters): HeaderLine {
  const { hash, time, bits } = header
  const schedule = { height: 0, time, lost: 0, latest: time }
  return { hash, schedule, times: [time], work: workOfTarget(targetOfBits(bits)!) }
}

/**
 * Headers on a line, without blocks: only for networks with next to no difficulty.
 * @param tag - distinguishes chains that are otherwise alike
 * @param spacing - seconds from one to the next
 */
export function buildHeaders(
  parameters: NetworkParameters,
  line: HeaderLine,
  count: number,
  tag: string,
  spacing = 1,
): BlockHeader[] {
  const merkleRoot = toHashId<MerkleRoot>(sha256(new TextEncoder().encode(tag)))
  const headers: BlockHeader[] = []
  let tip = line
  for (let i = 0; i < count; i++) {
    const bits = nextBits(parameters, tip.schedule)
    const target = targetOfBits(bits)!
    const time = tip.schedule.time + spacing
    let header: BlockHeader
    let nonce = 0
    do {
      header = makeHeader({ version: 1, previous: tip.hash, merkleRoot, time, bits, nonce })
      nonce += 1
    } while (hashValue(header.hash) > target)
    headers.push(header)
    const next = extendLine(parameters, tip, header, time)
    // Chains that break a rule are built on nothing but the header before.
    const schedule = { ...tip.schedule, height: tip.schedule.height + 1, time, latest: time }
    tip = next.ok ? next.value : { ...tip, hash: header.hash, schedule }
  }
  return headers
}
