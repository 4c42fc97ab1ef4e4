import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { NodeServices } from '../ports/node-services.ts'

/** Names begin with `cairn_`; those of the process (memory, event loop, garbage collection) are prom-client's own. */
const PREFIX = 'cairn_'

/** The node's figures in Prometheus' terms, looked up when they are asked for. */
export function createMetrics(services: NodeServices): Registry {
  const { chain, mempool, miner } = services
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })

  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read())
      },
    })
  }
  const labelled = <L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    read: () => Iterable<readonly [Record<L, string>, number]>,
  ): void => {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset()
        for (const [of, value] of read()) this.set(of, value)
      },
    })
  }

  gauge('chain_height', 'height of the connected tip', () => chain.tip().height)
  gauge('chain_best_header_height', 'height of the best known header', () => chain.bestHeader().height)
  gauge('chain_tip_time_seconds', 'Unix time that the tip states', () => chain.tip().header.time)
  gauge('chain_work', 'cumulative work of the tip', () => Number(chain.tip().work))
  gauge('database_bytes', "size of the chain's LevelDB on disk", () => services.databaseBytes())

  gauge('mempool_transactions', 'pending transactions', () => mempool.size)
  gauge('mempool_virtual_bytes', 'sum of their virtual sizes', () => mempool.virtualBytes)
  gauge('mempool_floor_fee_rate', 'base units a virtual byte below which nothing is taken now', () =>
    mempool.minFeeRate(),
  )

  labelled('sync_phase', '1 for the phase that the sync is in', ['phase'], () => [
    [{ phase: services.sync().phase }, 1],
  ])
  gauge(
    'sync_blocks_left',
    'blocks of known headers that are not connected yet',
    () => services.sync().blocksLeft,
  )
  gauge(
    'sync_blocks_per_second',
    'blocks a second that the sync brought',
    () => services.sync().blocksPerSecond,
  )

  labelled('peers', 'connected peers', ['direction'], () => {
    const peers = services.peers()
    const inbound = peers.filter((peer) => peer.inbound).length
    return [
      [{ direction: 'inbound' }, inbound],
      [{ direction: 'outbound' }, peers.length - inbound],
    ]
  })
  gauge('bans', 'peers that are refused', () => services.peerControl.bans().length)
  labelled('gossip_messages', 'gossiped messages since the start', ['topic', 'verdict'], () =>
    [...services.gossipCounts()].flatMap(([topic, counts]) =>
      Object.entries(counts).map(
        ([verdict, count]) => [{ topic: shortName(topic), verdict }, count] as const,
      ),
    ),
  )

  gauge(
    'mining_hashes_per_second',
    'hashes a second over the last seconds',
    () => miner.status().hashesPerSecond,
  )
  gauge('mining_blocks_found', 'blocks found since the start', () => miner.status().blocksFound)
  return registry
}

/** `/cairn/<net>/tx/1` is `tx`. */
const shortName = (topic: string): string => topic.split('/')[3] ?? topic
