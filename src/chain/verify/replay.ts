import { connectBlock, disconnectBlock } from '../../consensus/connect-block.ts'
import type { Random } from '../../ports/random.ts'
import type { Signatures } from '../../ports/signatures.ts'
import type { Block } from '../../primitives/block.ts'
import type { Coin } from '../../primitives/coin.ts'
import { unseal } from '../../storage/checked-store.ts'
import { decodeCoin } from '../../storage/coin-records.ts'
import { undamaged } from '../../storage/damage.ts'
import { ALL_COINS, isCoinKey, outPointOfKey } from '../../storage/keyspace.ts'
import type { TreeEntry } from '../header-tree.ts'
import type { Path } from '../path.ts'
import { CoinSet, isSameCoin, outPointOf } from './coin-set.ts'
import { type Ground, readBlock, readUndo } from './ground.ts'
import { blockPlace } from './headers.ts'

/** Signatures that are being verified while the next blocks are looked at. */
const MAX_CHECKS = 5_000

const everyTransaction = (): boolean => true

/** Works out again what the blocks of a chain do to the coins, with every rule; signatures where asked for. */
export class Replay {
  readonly coins: CoinSet
  /** whether the coins are worked out from genesis on; otherwise only since the block from which bodies are kept */
  readonly fromGenesis: boolean
  readonly #ground: Ground
  readonly #path: Path
  readonly #signatures: Signatures | undefined
  /** the block as of which the coins are; undefined once that cannot be told any more */
  #at: TreeEntry | undefined
  #checks = 0
  readonly #verifying = new Set<Promise<void>>()

  private constructor(
    ground: Ground,
    path: Path,
    start: { readonly coins: CoinSet; readonly at: TreeEntry | undefined },
    signatures: Signatures | undefined,
  ) {
    this.coins = start.coins
    this.fromGenesis = start.at === ground.tree.genesis
    this.#ground = ground
    this.#path = path
    this.#at = start.at
    this.#signatures = signatures
  }

  /** Begins at genesis; where blocks are pruned, above the last of them, with the stored coins taken back to there. */
  static async begin(
    ground: Ground,
    path: Path,
    random: Random,
    signatures: Signatures | undefined,
  ): Promise<Replay> {
    const coins = new CoinSet(random.below(2 ** 32))
    const isPruned = path.at(1)?.pruned ?? false
    const at = isPruned ? await rewind(ground, path.tip, coins) : ground.tree.genesis
    return new Replay(ground, path, { coins, at }, signatures)
  }

  /** Whether the coins are those as of the end of the chain. */
  get complete(): boolean {
    return this.#at === this.#path.tip
  }

  /**
   * Takes the next block of the chain, which `checkBlock` has passed; others are passed over. Where one is left out
   * the coins cannot be worked out any further.
   * @param undo - what is stored of it, where it can be read
   */
  async take(entry: TreeEntry, block: Block, undo: readonly Coin[] | undefined): Promise<void> {
    if (this.#at === undefined || entry.parent !== this.#at || !this.#path.contains(entry)) return
    const connected = connectBlock(block, {
      before: this.coins,
      parameters: this.#ground.parameters,
      height: entry.height,
      medianTimePast: entry.parent.medianTimePast,
      medianTimePastAt: (height) => this.#path.at(height)!.medianTimePast,
      ...(this.#signatures === undefined ? { isVerified: everyTransaction } : {}),
    })
    if (!connected.ok) {
      this.#ground.findings.add('block-wrong', `${blockPlace(entry)} ${connected.error.code}`)
      this.#at = undefined
      return
    }
    const { checks, undo: right } = connected.value
    if (undo !== undefined && !isSameUndo(undo, right))
      this.#ground.findings.add('undo-wrong', blockPlace(entry))
    this.coins.apply(connected.value)
    this.#at = entry
    if (this.#signatures !== undefined && checks.length > 0)
      await this.#verify(this.#signatures, entry, checks)
  }

  async #verify(
    signatures: Signatures,
    entry: TreeEntry,
    checks: Parameters<Signatures['firstInvalid']>[0],
  ): Promise<void> {
    const { findings, signal } = this.#ground
    while (this.#checks > 0 && this.#checks + checks.length > MAX_CHECKS) await Promise.race(this.#verifying)
    this.#checks += checks.length
    const done: Promise<void> = signatures
      .firstInvalid(checks, signal)
      .then((invalid) => {
        if (invalid !== undefined) findings.add('block-wrong', `${blockPlace(entry)} signature-invalid`)
      })
      .finally(() => {
        this.#checks -= checks.length
        this.#verifying.delete(done)
      })
    done.catch(() => {})
    this.#verifying.add(done)
  }

  /** Resolves once all signatures have been verified. */
  async finish(): Promise<void> {
    await Promise.all(this.#verifying)
  }
}

const isSameUndo = (a: readonly Coin[], b: readonly Coin[]): boolean =>
  a.length === b.length && a.every((coin, i) => isSameCoin(coin, b[i]!))

/**
 * Takes over the stored coins, and takes back from them what the blocks with bodies did.
 * @returns the last block without one; undefined where something on the way cannot be read
 */
async function rewind(ground: Ground, tip: TreeEntry, coins: CoinSet): Promise<TreeEntry | undefined> {
  for await (const [key, sealed] of ground.store.entries(ALL_COINS)) {
    const value = unseal(key, sealed)
    const coin = value && isCoinKey(key) ? undamaged(() => decodeCoin(value)) : undefined
    if (coin !== undefined) coins.add(outPointOf(outPointOfKey(key)), coin)
  }
  let entry = tip
  for (; !entry.pruned; entry = entry.parent!) {
    const block = await readBlock(ground, entry)
    const undo = await readUndo(ground, entry)
    if (block === undefined || undo?.length !== inputsOf(block)) return undefined
    coins.apply(disconnectBlock(block, undo, entry.height))
  }
  return entry
}

/** How many coins a block spends. */
export const inputsOf = ({ transactions }: Block): number =>
  transactions.slice(1).reduce((sum, { inputs }) => sum + inputs.length, 0)
