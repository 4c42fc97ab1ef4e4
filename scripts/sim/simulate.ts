import type { BlockHash } from '../../src/primitives/hash.ts'
import { type History, makeHistory } from './history.ts'
import { type HeldMost, watchMemory } from './memory.ts'
import { honestNodes } from './population.ts'
import type { Scenario, Staged } from './scenario.ts'
import type { SimSettings } from './settings.ts'
import { startTraffic } from './traffic.ts'
import { LIMITS, type Limits, memoryVerdict, moneyVerdict, type Verdict, verdict } from './verdicts.ts'
import { createWorld, type World } from './world.ts'

const MINUTE_MS = 60_000
/** At this distance it is looked whether all nodes agree. */
const LOOK_MS = 500
/** Without new blocks nodes get this long, in virtual milliseconds, to agree. */
const QUIET_MS = 10 * MINUTE_MS
/** After the miners have stopped, what is under way still arrives. */
const DRAIN_MS = 60_000

export interface Propagation {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly samples: number
}

/** What a run has shown. */
export interface SimReport {
  readonly settings: SimSettings
  readonly passed: boolean
  readonly verdicts: readonly Verdict[]
  readonly traceHash: string
  readonly height: number
  readonly blocks: Propagation
  readonly transactions: Propagation
  readonly blocksMined: number
  readonly staleRate: number
  readonly payments: number
  readonly paymentsRefused: number
  /** received by an honest node for each block of the best chain, on average */
  readonly bytesPerNodeAndBlock: {
    readonly total: number
    readonly blockTopic: number
    readonly transactionTopic: number
    readonly gossipControl: number
    readonly streams: number
  }
  /** messages of a topic that a node had already, for each that it had not */
  readonly duplicates: { readonly blocks: number; readonly transactions: number }
  readonly adversariesBanned: number
  readonly heldMost: HeldMost
  /** of the whole process, for each node */
  readonly heapPerNodeMB: number
  readonly figures: Readonly<Record<string, number>>
  readonly events: number
  readonly wallSeconds: number
}

export interface SimHooks {
  readonly signal?: AbortSignal
  readonly progress?: (minute: number, world: World) => void
  /** milliseconds of real time, for the report */
  readonly stopwatch: () => number
}

let madeHistory: Promise<History> | undefined

/** Plays one run and judges it. Rejects where the signal aborts, or where the simulated code throws. */
export async function simulate(
  scenario: Scenario,
  settings: SimSettings,
  { signal, progress, stopwatch }: SimHooks,
): Promise<SimReport> {
  const from = stopwatch()
  madeHistory ??= makeHistory()
  const world = await createWorld(settings, await madeHistory)
  const staged = scenario.stage(world)
  const limits = { ...LIMITS, ...scenario.limits }
  const heldMost = watchMemory(world)
  const endMs = settings.minutes * MINUTE_MS
  const traffic = startTraffic(world, endMs)
  for (let minute = 1; minute <= settings.minutes; minute++) {
    await world.play(MINUTE_MS, signal)
    progress?.(minute, world)
  }
  staged.end?.()
  const agreement = await agree(world, limits, signal)
  const traceHash = world.trace.hash()
  const rest = await stopMining(world)
  const money = await moneyVerdict(world, honestNodes(world))
  const heapPerNodeMB = process.memoryUsage().heapUsed / 1e6 / world.nodes.length
  const stale = staleRate(world)
  const verdicts = [
    agreement,
    rest,
    verdict(
      'no honest peer is banned',
      world.wrongBans.length === 0,
      world.wrongBans.length === 0
        ? 'none'
        : world.wrongBans
            .slice(0, 5)
            .map(({ by, peer, reason }) => `${peer} by n${by}: ${reason}`)
            .join('; '),
    ),
    money,
    memoryVerdict(heldMost, limits.held),
    staleVerdict(world, stale, limits),
    ...(staged.check?.() ?? []),
  ]
  return {
    ...report(world, staged),
    settings,
    verdicts,
    passed: verdicts.every(({ holds }) => holds),
    traceHash,
    staleRate: stale,
    payments: traffic.payments.made.length - traffic.refused,
    paymentsRefused: traffic.refused,
    heldMost,
    heapPerNodeMB,
    wallSeconds: (stopwatch() - from) / 1000,
  }
}

const tips = (world: World): Set<BlockHash> =>
  new Set(honestNodes(world).map((node) => node.running()!.chain.tip().hash))

const greatestHeight = (world: World): number =>
  Math.max(...honestNodes(world).map((node) => node.running()!.chain.tip().height))

/** Plays on until all honest nodes have one tip. */
async function agree(world: World, limits: Limits, signal: AbortSignal | undefined): Promise<Verdict> {
  const from = greatestHeight(world)
  const deadline = world.time.now + QUIET_MS
  for (;;) {
    const blocks = greatestHeight(world) - from
    const agreed = tips(world).size === 1
    if (agreed || blocks > limits.agreeWithinBlocks || world.time.now > deadline)
      return verdict(
        'all honest nodes have one tip',
        agreed && blocks <= limits.agreeWithinBlocks,
        agreed ? `after ${blocks} blocks` : `${tips(world).size} tips after ${blocks} blocks`,
      )
    await world.play(LOOK_MS, signal)
  }
}

/** With nothing new, everyone ends on one tip. */
async function stopMining(world: World): Promise<Verdict> {
  const stopped = Promise.all(world.nodes.map((node) => node.running()?.miner.stop()))
  stopped.catch(world.fail)
  await world.play(DRAIN_MS)
  const { size } = tips(world)
  return verdict('nodes stay on one tip', size === 1, `${size} tips`)
}

/** Blocks of the run that are not on the best chain, of all. */
function staleRate(world: World): number {
  const chain = honestNodes(world)[0]?.running()?.chain
  const all = [...world.measures.mined.keys()]
  const stale = all.filter((hash) => chain?.isConnected(hash) !== true)
  return all.length === 0 ? 0 : stale.length / all.length
}

/** In a short run a few blocks are a large share of all. */
const STALE_BY_CHANCE = 2

function staleVerdict({ measures }: World, rate: number, limits: Limits): Verdict {
  const { size } = measures.mined
  const allowed = Math.ceil(limits.staleRate * size) + STALE_BY_CHANCE
  return verdict('few blocks are stale', rate * size <= allowed, `${Math.round(rate * size)} of ${size}`)
}

function report(world: World, staged: Staged) {
  const { measures, history, settings } = world
  const height = greatestHeight(world)
  const shares = (height - history.blocks.length) * settings.nodes
  const per = (bytes: number): number => Math.round(bytes / Math.max(1, shares))
  const { blocks, transactions, gossipControl, streams } = measures.traffic
  const propagation = ({ quantile, count }: typeof measures.blockDelays): Propagation => ({
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    samples: count,
  })
  const ratio = ({ first, duplicate }: typeof measures.blockMessages): number =>
    duplicate / Math.max(1, first)
  return {
    height,
    blocks: propagation(measures.blockDelays),
    transactions: propagation(measures.transactionDelays),
    blocksMined: measures.mined.size,
    bytesPerNodeAndBlock: {
      total: per(blocks + transactions + gossipControl + streams),
      blockTopic: per(blocks),
      transactionTopic: per(transactions),
      gossipControl: per(gossipControl),
      streams: per(streams),
    },
    duplicates: {
      blocks: ratio(measures.blockMessages),
      transactions: ratio(measures.transactionMessages),
    },
    adversariesBanned: world.rightBans,
    figures: staged.figures?.() ?? {},
    events: world.time.events,
  }
}
