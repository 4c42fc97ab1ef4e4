import { openBackend } from '../../src/platform/node/signature-backend.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { type Chance, createChance } from './chance.ts'
import { createDisk } from './disk.ts'
import { createGossipMessages } from './gossip-message.ts'
import type { History } from './history.ts'
import { createMeasures, type Measures } from './measures.ts'
import type { SimSettings } from './settings.ts'
import { createSharedSignatures } from './shared-signatures.ts'
import { breakCut } from './sim-links.ts'
import { createSimNode, type NodeParts, type NodePlan, type SimNode } from './sim-node.ts'
import type { SimMedium, SimTransport } from './sim-transport.ts'
import { createTrace, digestOf, TRACE, type Trace } from './trace.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'
import { createWire, type Wire } from './wire.ts'

/** Uplinks of 2 to 100 Mbit/s, in bytes a millisecond. */
const UPLINK = [250, 12_500] as const

/** A ban between honest nodes. */
export interface WrongBan {
  readonly by: number
  readonly peer: PeerId
  readonly reason: string
}

/** The simulated world: time, wires and nodes. */
export interface World {
  readonly settings: SimSettings
  readonly history: History
  readonly time: VirtualTime
  readonly chance: Chance
  readonly wire: Wire
  readonly trace: Trace
  readonly measures: Measures
  readonly nodes: readonly SimNode[]
  readonly wrongBans: readonly WrongBan[]
  /** bans of adversaries by honest nodes */
  readonly rightBans: number
  /** Adds a node that has not been started. @param fromHistory - false where its disk is empty */
  add(plan: NodePlan, fromHistory: boolean): SimNode
  /** Has it start at a virtual time from now. */
  start(node: SimNode, inMs: number): void
  /** Splits the network; undefined heals it. */
  partition(sideOf: ((index: number) => number) | undefined): void
  /** Runs at a virtual time from now; what it throws ends the run. */
  later(ms: number, run: () => unknown): void
  /** Ends the run with this error. */
  fail(error: unknown): void
  /** Plays on for so many virtual milliseconds. */
  play(ms: number, signal?: AbortSignal): Promise<void>
}

export async function createWorld(settings: SimSettings, history: History): Promise<World> {
  const { seed, scenario, latencyScale, loss } = settings
  const chance = createChance(`cairn ${seed} ${scenario}`)
  const time = createVirtualTime()
  const trace = createTrace(() => time.now)
  const measures = createMeasures(() => time.now)
  const wire = createWire({ latencyScale, loss, uplink: UPLINK }, time, chance.fork('wire'))
  const { verify } = await openBackend()
  const signatures = createSharedSignatures(verify)
  const shared = new Map<string, Uint8Array>()
  const nodes: SimNode[] = []
  const byPeer = new Map<PeerId, SimNode>()
  const transports = new Map<string, SimTransport>()
  const byProcess: SimTransport[] = []
  let processes = 0
  const wrongBans: WrongBan[] = []
  let rightBans = 0
  let failure: { readonly error: unknown } | undefined
  const isHonest = (index: number): boolean => nodes[index]?.plan.honest === true

  const medium: SimMedium = {
    time,
    wire,
    trace,
    messages: createGossipMessages(),
    gossipMeter: {
      arrived(host, topic, bytes, outcome) {
        if (isHonest(host.index)) measures.gossip(topic, bytes, outcome)
      },
    },
    frameMeter(host, _protocol, bytes) {
      if (isHonest(host.index)) measures.stream(bytes)
    },
    at: (address) => transports.get(address),
    of: ({ process }) => byProcess[process]!,
    nextProcess: () => processes++,
    banned(by, peer, reason) {
      if (!isHonest(by)) return
      if (byPeer.get(peer)?.plan.honest === true) wrongBans.push({ by, peer, reason })
      else rightBans += 1
    },
  }

  function opened(node: SimNode, { chain, mempool, transport }: NodeParts): void {
    const { index, honest, address } = node.plan
    const upSince = time.now
    transports.set(address, transport)
    byProcess[transport.host.process] = transport
    trace.note(TRACE.started, index, chain.tip().height)
    chain.events.on('tipChanged', ({ connected, tip }) => {
      trace.note(TRACE.tip, index, digestOf(tip.hash.slice(-8)))
      for (const { entry } of connected) {
        // Whoever connects a block first has made it.
        if (!measures.mined.has(entry.hash)) {
          if (entry.height > history.blocks.length) measures.minedBlock(entry.hash, index)
        } else if (honest) measures.hasBlock(entry.hash, upSince)
      }
    })
    mempool.events.on('added', ({ transaction: { txid } }) => {
      trace.note(TRACE.transaction, index, digestOf(txid))
      if (honest) measures.hasTransaction(txid, upSince)
    })
  }

  const world: World = {
    settings,
    history,
    time,
    chance,
    wire,
    trace,
    measures,
    nodes,
    wrongBans,
    get rightBans() {
      return rightBans
    },
    add(plan, fromHistory) {
      const node = createSimNode(plan, {
        medium,
        socket: wire.attach(plan.index),
        chance: chance.fork(`node ${plan.index}`),
        signatures,
        disk: createDisk(fromHistory ? history.contents : new Map(), shared),
        opened,
        ended(ended) {
          trace.note(TRACE.crashed, ended.plan.index, 0)
          transports.delete(ended.plan.address)
        },
      })
      nodes.push(node)
      byPeer.set(plan.peer, node)
      return node
    },
    start(node, inMs) {
      world.later(inMs, () => node.start())
    },
    partition(sideOf) {
      wire.partition(sideOf)
      const hosts = nodes.flatMap((node) => node.running()?.transport.host ?? [])
      if (sideOf !== undefined) breakCut(hosts, wire, time)
    },
    later(ms, run) {
      time.after(ms, () => {
        const done = run()
        if (done instanceof Promise) done.catch(world.fail)
        return true
      })
    },
    fail(error) {
      failure ??= { error }
    },
    async play(ms, signal) {
      const end = time.now + ms
      // In slices, so that a failure and the signal are seen.
      while (time.now < end) {
        await time.play(Math.min(end, time.now + 1_000), signal)
        if (failure !== undefined) throw failure.error
      }
    },
  }
  return world
}
