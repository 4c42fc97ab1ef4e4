import type { ChainEntry } from '../../src/ports/chain.ts'
import type { Random } from '../../src/ports/random.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import type { CoinStatistics } from '../../src/storage/coin-questions.ts'
import { buildBranch } from './branch-builder.ts'
import { pay, type TestInput, type TestKey, testKey } from './key.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createTestChain, DEV } from './test-chain.ts'

/** One block as it is offered to a chain. */
export interface Offer {
  readonly block: Block
  /** whether the tip moves over to another branch with it */
  readonly reorganises: boolean
}

/** What a chain has to say after so many offers. */
export interface ControlState {
  readonly tip: BlockHash
  readonly coins: CoinStatistics
}

const KEYS = Array.from({ length: 5 }, (_, i) => testKey(`history ${i}`))
/** Whom the history pays: all coins in it are of these scripts. */
export const HISTORY_SCRIPTS: readonly Uint8Array[] = KEYS.map(({ scriptPubKey }) => scriptPubKey)

const FEE = 1_000
/** Blocks before the first fork, so that there are coins to pay with. */
const TRUNK_BLOCKS = DEV.maturity + 5

/** The end of a branch, and the coins that can be paid with on top of it. */
class BranchEnd {
  readonly tip: ChainEntry
  readonly coins: readonly TestInput[]
  /** coinbase coins that are not mature yet, the oldest first */
  readonly #rewards: readonly TestInput[]

  constructor(tip: ChainEntry, coins: readonly TestInput[] = [], rewards: readonly TestInput[] = []) {
    this.tip = tip
    this.coins = coins
    this.#rewards = rewards
  }

  /** The end after one more block. @param miner - whom the block pays */
  extend(transactions: readonly Transaction[], miner: TestKey, tag: string): readonly [BranchEnd, Block] {
    const plan = { transactions, fees: FEE * transactions.length, scriptPubKey: miner.scriptPubKey, tag }
    const block = buildBranch(this.tip, [plan])[0]!
    const { header, hash } = block
    const spent = new Set(transactions.flatMap(({ inputs }) => inputs.map(({ prevout }) => placeOf(prevout))))
    const made = transactions.flatMap(coinsOf)
    const coins = [...this.coins, ...made].filter(({ outPoint }) => !spent.has(placeOf(outPoint)))
    const rewards = [...this.#rewards, ...coinsOf(block.transactions[0]!)]
    // Fit to be spent in the next block.
    if (rewards.length >= DEV.maturity) coins.push(rewards.shift()!)
    const tip = { header, hash, height: this.tip.height + 1, work: 0n, medianTimePast: header.time }
    return [new BranchEnd(tip, coins, rewards), block]
  }
}

const placeOf = ({ txid, vout }: TestInput['outPoint']): string => `${txid} ${vout}`

const coinsOf = ({ txid, outputs }: Transaction): TestInput[] =>
  outputs.flatMap((coin, vout) => {
    const key = KEYS.find(({ scriptPubKey }) => scriptPubKey === coin.scriptPubKey)
    return key === undefined ? [] : [{ outPoint: { txid, vout }, coin, key }]
  })

/** Pays a coin to two others. */
function split(input: TestInput, random: Random): Transaction {
  const total = input.coin.value - FEE
  const first = Math.floor((total * (3 + random.below(5))) / 10)
  const outputs = [first, total - first].map((value) => ({
    value,
    scriptPubKey: KEYS[random.below(KEYS.length)]!.scriptPubKey,
  }))
  return pay([input], outputs)
}

/**
 * Blocks that fork so many times, the same in every run. At each fork there are two branches: the first has three
 * blocks, the second overtakes it with four, and the first wins with five. Payments stand in both, in another order, or
 * contradict each other.
 */
export function createBranchHistory(forks: number): Offer[] {
  const random = createSeededRandom('branch history')
  const { header } = DEV.genesis
  const genesis = { header, hash: header.hash, height: 0, work: 0n, medianTimePast: header.time }
  const offers: Offer[] = []
  const offer = (
    end: BranchEnd,
    transactions: readonly Transaction[],
    tag: string,
    reorganises = false,
  ): BranchEnd => {
    const [next, block] = end.extend(transactions, KEYS[offers.length % KEYS.length]!, tag)
    offers.push({ block, reorganises })
    return next
  }
  const anyOf = ({ coins }: BranchEnd): Transaction => split(coins[random.below(coins.length)]!, random)

  let trunk = new BranchEnd(genesis)
  for (let i = 0; i < TRUNK_BLOCKS; i++) trunk = offer(trunk, [], 'trunk')
  for (let fork = 0; fork < forks; fork++) {
    const [one, two, three] = trunk.coins
    const shared = split(one!, random)
    const child = split(coinsOf(shared)[0]!, random)
    let a = offer(trunk, [shared], 'a')
    a = offer(a, [split(two!, random), child], 'a')
    a = offer(a, [split(three!, random)], 'a')
    let b = offer(trunk, [split(two!, random)], 'b')
    b = offer(b, [shared, child], 'b')
    b = offer(b, [split(three!, random)], 'b')
    b = offer(b, [anyOf(b)], 'b', true)
    a = offer(a, [anyOf(a)], 'a')
    trunk = offer(a, [anyOf(a)], 'a', true)
  }
  return offers
}

/** What a chain in memory says before the first offer and after each. */
export async function replayControl(offers: readonly Offer[]): Promise<ControlState[]> {
  const { chain } = await createTestChain()
  const states: ControlState[] = []
  const note = async () => states.push({ tip: chain.tip().hash, coins: await chain.coinStatistics() })
  await note()
  for (const { block, reorganises } of offers) {
    const before = chain.tip().hash
    const accepted = await chain.acceptBlock(block)
    if (!accepted.ok) throw new Error(`${accepted.error.code} ${JSON.stringify(accepted.error.details)}`)
    const moved = chain.tip().hash !== before && block.header.previous !== before
    if (moved !== reorganises) throw new Error(`block ${states.length} moves the tip otherwise than planned`)
    await note()
  }
  return states
}
