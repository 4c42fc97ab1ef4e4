import { errorMessage, invariant } from '../../src/base/errors.ts'
import { ClusterFailure } from './failure.ts'
import { type Member, processesOf, startMembers } from './members.ts'
import type { NodeProcess } from './node-process.ts'
import type { ClusterOptions } from './options.ts'
import type { Plan, Round } from './plan.ts'
import type { Progress } from './progress.ts'
import { untilConnected, untilNothingPending, untilPending, untilTip } from './wait.ts'

export interface ScenarioDependencies {
  /** those that begin, and one that joins late */
  readonly members: readonly Member[]
  readonly progress: Progress
  readonly signal: AbortSignal
}

export interface ScenarioResult {
  /** txids of all payments */
  readonly payments: readonly string[]
  readonly restart: { readonly node: string; readonly seconds: number }
  readonly join: { readonly node: string; readonly blocks: number; readonly seconds: number }
}

/** Peers that every node has to have before one is killed, so that the others stay together. */
const PEERS_BEFORE_CRASH = 5
/** Base units of a payment: so small that the first block reward of a wallet lasts for all of them. */
const LEAST_PAYMENT = 10_000
const PAYMENT_STEP = 1_000
const PAYMENT_STEPS = 900

/** Plays the plan on real nodes. @throws ClusterFailure where something does not come about in time */
export async function playScenario(
  options: ClusterOptions,
  plan: Plan,
  { members, progress, signal }: ScenarioDependencies,
): Promise<ScenarioResult> {
  const first = members.slice(0, options.nodes)
  const joiner = members[options.nodes]
  const victim = members[Math.floor(options.nodes / 2)]
  const contact = options.topology === 'star' ? first[0] : first.at(-1)
  invariant(joiner && victim && contact, 'there are members for every part')

  const payments: string[] = []
  let restart: ScenarioResult['restart'] | undefined
  let join: ScenarioResult['join'] | undefined
  let tip = { hash: '', height: 0 }

  /** Miners take turns; a block is mined once its miner has the payments, and is awaited on every node. */
  async function mine(pending: readonly string[]): Promise<void> {
    const miners = members.filter((member) => member.process() !== undefined)
    const miner = miners[tip.height % miners.length]
    const process = miner?.process()
    invariant(miner && process, 'a node runs')
    await untilPending([process], pending, signal)
    const [block] = (await process.client.generate(miner.payer.address, 1)).blocks
    if (block === undefined) throw new ClusterFailure(`${process.name} found no block in time`, [process])
    tip = block
    await untilTip(processesOf(members), tip, signal)
    const counts = `block ${tip.height}/${options.blocks}, payments ${payments.length}/${options.transactions}`
    progress.show(`${counts}: mined by ${process.name}`)
  }

  /** The payments of one wallet, one after the other, each of which may spend the change of the one before. */
  async function paySome(payer: Member, indexes: readonly number[]): Promise<string[]> {
    // While its own node is dead a wallet asks another one.
    const process = payer.process() ?? processesOf(members)[0]
    invariant(process, 'a node runs')
    const others = members.filter((member) => member !== payer)
    const sent: string[] = []
    for (const index of indexes) {
      const to = others[Math.floor(index / first.length) % others.length]
      invariant(to, 'a wallet has others to pay')
      const value = LEAST_PAYMENT + PAYMENT_STEP * (index % PAYMENT_STEPS)
      try {
        sent.push(await payer.payer.pay(to.payer.address, value, process.client))
      } catch (error) {
        signal.throwIfAborted()
        const what = `payment ${index + 1} through ${process.name}`
        throw new ClusterFailure(`${what} failed: ${errorMessage(error)}`, [process])
      }
    }
    return sent
  }

  /** Wallets take turns. */
  async function pay(count: number): Promise<string[]> {
    const indexes = Array.from({ length: count }, (_, at) => payments.length + at)
    const shares = first.map((payer, at) =>
      paySome(
        payer,
        indexes.filter((index) => index % first.length === at),
      ),
    )
    const sent = (await Promise.all(shares)).flat()
    payments.push(...sent)
    return sent
  }

  async function crash(crashed: Member, pending: readonly string[]): Promise<void> {
    await untilConnected(processesOf(members), Math.min(options.nodes - 1, PEERS_BEFORE_CRASH), signal)
    const process = crashed.process()
    invariant(process, 'it runs until now')
    // What it was handed must have left it: a crash loses its mempool, and that is no fault.
    const others = processesOf(members).filter((other) => other !== process)
    await untilPending(others, pending, signal)
    await crashed.kill()
    progress.tell(
      `killed ${crashed.name} with SIGKILL at block ${tip.height}, ${pending.length} payments pending`,
    )
  }

  /** Starts a node that has blocks to catch up with. Resolves with the seconds that it took. */
  async function bringUp(member: Member, bootstrap: readonly string[]): Promise<number> {
    const from = performance.now()
    const process = await member.start(bootstrap)
    await untilConnected([process], 1, signal)
    await untilTip([process], tip, signal)
    return (performance.now() - from) / 1000
  }

  async function comeBack(crashed: Member): Promise<void> {
    restart = { node: crashed.name, seconds: await bringUp(crashed, []) }
    const took = `${restart.seconds.toFixed(1)} s`
    progress.tell(`${crashed.name} is back without bootstrap, at block ${tip.height} after ${took}`)
  }

  async function comeLate(late: Member, contact: NodeProcess): Promise<void> {
    const seconds = await bringUp(late, contact.addresses)
    join = { node: late.name, blocks: tip.height, seconds }
    progress.tell(`${late.name} has joined and synced ${tip.height} blocks after ${seconds.toFixed(1)} s`)
  }

  async function play(round: Round, crashed: Member, late: Member, known: Member): Promise<void> {
    if (round.event === 'restart') await comeBack(crashed)
    if (round.event === 'join') {
      const process = known.process()
      invariant(process, 'the contact runs when somebody joins')
      await comeLate(late, process)
    }
    const pending = await pay(round.payments)
    if (round.event === 'crash') await crash(crashed, pending)
    await mine(pending)
    if (tip.height !== round.height)
      throw new ClusterFailure(
        `a block came at height ${tip.height} instead of ${round.height}`,
        processesOf(members),
      )
  }

  progress.show(`starting ${options.nodes} nodes`)
  await startMembers(first, options.topology)
  await untilConnected(processesOf(members), 1, signal)
  progress.tell(`${options.nodes} nodes run, in ${options.topology} topology`)
  while (tip.height < plan.funding) await mine([])
  for (const round of plan.rounds) await play(round, victim, joiner, contact)
  await untilNothingPending(processesOf(members), signal)
  invariant(restart && join, 'a plan has a restart and a late joiner')
  return { payments, restart, join }
}
