import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { shuffled } from '../../src/ports/random.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { atMost, type Bench, median } from './bench.ts'
import { loadPaymentChain } from './payment-chain.ts'
import type { PropagationJob, PropagationOrder, PropagationReport, Way } from './propagation-job.ts'

const MAIN = fileURLToPath(new URL('./propagation-main.ts', import.meta.url))
/** Others that a node dials; as many dial it. */
const DIALLED = 4
/** What gossipsub still says of a block, in its next heartbeats, belongs to the block. */
const AFTERMATH_MS = 4_000
const COINS = 10_000
/** How long the nodes are watched before the first block. */
const IDLE_MS = 10_000

/** A process with some of the nodes. */
interface Party {
  readonly numbers: readonly number[]
  readonly addresses: readonly string[]
  ask<Kind extends PropagationReport['kind']>(
    order: PropagationOrder,
    kind: Kind,
  ): Promise<PropagationReport & { kind: Kind }>
  stop(): Promise<void>
}

async function heard<Kind extends PropagationReport['kind']>(child: ChildProcess, kind: Kind) {
  const over = new AbortController()
  const ended = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error('a process of nodes has ended')
  })
  try {
    const message = once(child, 'message', { signal: over.signal })
    const [report] = (await Promise.race([message, ended])) as [PropagationReport]
    if (report.kind !== kind) throw new Error(`${report.kind} instead of ${kind}`)
    return report as PropagationReport & { kind: Kind }
  } finally {
    ended.catch(() => {})
    over.abort()
  }
}

async function startParty(job: PropagationJob): Promise<Party> {
  const child = fork(MAIN, [JSON.stringify(job)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const { addresses } = await heard(child, 'ready')
  return {
    numbers: job.nodes,
    addresses,
    ask(order, kind) {
      child.send(order)
      return heard(child, kind)
    },
    async stop() {
      child.disconnect()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** Everyone dials a few others, whichever they are. */
async function connect(parties: readonly Party[]): Promise<void> {
  const random = createSeededRandom('propagation')
  const addresses = parties.flatMap(({ numbers, addresses }) =>
    numbers.map((n, i) => [n, addresses[i]!] as const),
  )
  const pairs = new Map<string, { node: number; address: string; other: number }>()
  for (const [node] of addresses) {
    const others = shuffled(random, addresses).filter(([other]) => other !== node)
    for (const [other, address] of others.slice(0, DIALLED))
      pairs.set([node, other].toSorted().join(), { node, other, address })
  }
  const count = (node: number): number =>
    [...pairs.values()].filter((pair) => pair.node === node || pair.other === node).length
  for (const party of parties)
    await party.ask(
      { kind: 'dial', dials: [...pairs.values()].filter(({ node }) => party.numbers.includes(node)) },
      'done',
    )
  await Promise.all(
    parties.map((party) => party.ask({ kind: 'settle', peers: party.numbers.map(count) }, 'done')),
  )
}

interface Round {
  readonly way: Way
  /** from the miner's publish until each node had connected the block, ascending */
  readonly delaysMs: readonly number[]
  readonly bytesOverBlock: number
}

/** What all sockets have received so far. */
async function received(parties: readonly Party[]): Promise<number> {
  const all = await Promise.all(parties.map((party) => party.ask({ kind: 'count-bytes' }, 'bytes')))
  return all.reduce((sum, { received }) => sum + received, 0)
}

/** What a node receives in a second in which nothing happens. */
async function idleRate(parties: readonly Party[], nodes: number): Promise<number> {
  const before = await received(parties)
  await delay(IDLE_MS)
  return ((await received(parties)) - before) / nodes / (IDLE_MS / 1_000)
}

async function runRound(parties: readonly Party[], way: Way, miner: number): Promise<Round> {
  const before = await received(parties)
  const taken = await Promise.all(parties.map((party) => party.ask({ kind: 'block', way, miner }, 'taken')))
  await delay(AFTERMATH_MS)
  const bytes = (await received(parties)) - before
  const publishedAt = taken.find((each) => each.publishedAt !== undefined)!.publishedAt!
  const connectedAt = taken.flatMap((each) => each.connectedAt)
  return {
    way,
    delaysMs: connectedAt.map((at) => (at - publishedAt) / 1_000).toSorted((a, b) => a - b),
    // All but the miner receive it.
    bytesOverBlock: bytes / connectedAt.length / taken[0]!.blockBytes,
  }
}

/** The nearest rank. */
const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * values.length) - 1]!

function figuresOf(rounds: readonly Round[], way: Way): Record<string, number> {
  const own = rounds.filter((round) => round.way === way)
  const name = (figure: string): string =>
    way === 'compact' ? figure : `whole${figure[0]!.toUpperCase()}${figure.slice(1)}`
  const last = own.map(({ delaysMs }) => delaysMs.at(-1)!)
  return {
    [name('p50Ms')]: percentile(last, 50),
    [name('p99Ms')]: percentile(last, 99),
    [name('anyNodeP50Ms')]: percentile(
      own.flatMap(({ delaysMs }) => delaysMs),
      50,
    ),
    [name('bytesOverBlock')]: median(own.map(({ bytesOverBlock }) => bytesOverBlock)),
  }
}

export const bench: Bench = {
  name: 'propagation',
  description: 'time and bytes until 20 nodes with the same payments pending have connected a block of 4,000',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        nodes: { type: 'string', default: '20' },
        processes: { type: 'string', default: '2' },
        rounds: { type: 'string', default: '3' },
        transactions: { type: 'string', default: '4000' },
      },
    })
    const [nodes, processes, rounds] = [values.nodes, values.processes, values.rounds].map(Number) as [
      number,
      number,
      number,
    ]
    // One of each way is not counted, while V8 compiles and streams are opened.
    const blocks = 2 * (rounds + 1)
    const transactions = blocks * Number(values.transactions)
    const chain = await loadPaymentChain({ coins: COINS, blocks, transactions, inputs: 1 })
    const folder = await mkdtemp(join(tmpdir(), 'cairn-propagation-'))
    const numbers = Array.from({ length: nodes }, (_, i) => i)
    const parties: Party[] = []
    try {
      for (let i = 0; i < processes; i++) await mkdir(join(folder, `${i}`))
      const starting = Array.from({ length: processes }, (_, i) =>
        startParty({
          chain: chain.folder,
          folder: join(folder, `${i}`),
          nodes: numbers.filter((n) => n % processes === i),
        }),
      )
      parties.push(...(await Promise.all(starting)))
      await connect(parties)
      const idleBytesPerSecond = await idleRate(parties, nodes)
      const done: Round[] = []
      for (let i = 0; i < blocks; i++) {
        const round = await runRound(parties, i % 2 === 0 ? 'compact' : 'whole', (7 * i) % nodes)
        if (i >= 2) done.push(round)
        process.stderr.write(
          `${round.way}: ${round.delaysMs.at(-1)!.toFixed(0)} ms, ${round.bytesOverBlock.toFixed(4)} of the block\n`,
        )
      }
      const figures = { ...figuresOf(done, 'compact'), ...figuresOf(done, 'whole'), idleBytesPerSecond }
      return { figures, goals: [atMost(figures, 'bytesOverBlock', 0.04)] }
    } finally {
      await Promise.all(parties.map((party) => party.stop()))
      await rm(folder, { recursive: true, force: true })
    }
  },
}
