import { advanceSchedule, genesisSchedule, nextBits } from '../../src/consensus/difficulty.ts'
import { type MerkleRoot, toHashId } from '../../src/primitives/hash.ts'
import { type BlockHeader, makeHeader } from '../../src/primitives/header.ts'
import { targetOfBits } from '../../src/primitives/target.ts'
import type { Chance } from './chance.ts'
import { SIM_NETWORK } from './history.ts'
import { EPOCH_MS } from './node-clock.ts'

/**
 * A branch from genesis with valid proof of work that is as cheap as the rules let it be: its first header is written
 * now, so that the schedule takes it for a network that has stood still, and makes it easy.
 */
export function cheapBranch(length: number, chance: Chance): BlockHeader[] {
  const headers: BlockHeader[] = []
  let { hash: previous } = SIM_NETWORK.genesis
  let schedule = genesisSchedule(SIM_NETWORK.genesisTime)
  for (let i = 0; i < length; i++) {
    const bits = nextBits(SIM_NETWORK, schedule)
    const limit = targetOfBits(bits)!.toString(16).padStart(64, '0')
    const time = EPOCH_MS / 1000 + i
    const merkleRoot = toHashId<MerkleRoot>(chance.bytes(32))
    let nonce = 0
    let header = makeHeader({ version: 1, previous, merkleRoot, time, bits, nonce })
    while (header.hash > limit)
      header = makeHeader({ version: 1, previous, merkleRoot, time, bits, nonce: ++nonce })
    headers.push(header)
    previous = header.hash
    schedule = advanceSchedule(schedule, time, SIM_NETWORK.gapCap)
  }
  return headers
}
