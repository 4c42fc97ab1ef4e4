import { syncText } from '../commands/status.ts'
import { durationText } from '../duration.ts'
import type { Cell, Column } from '../table.ts'
import type { Snapshot } from './snapshot.ts'

/** One box of the view. */
export interface Section {
  readonly title: string
  readonly facts: Readonly<Record<string, Cell>>
}

const rateText = (rate: number | null | undefined): string | undefined =>
  rate === null || rate === undefined ? undefined : `${Math.round(rate * 100) / 100} a vbyte`

/** What is shown of a node. @param now - Unix milliseconds */
export function sectionsOf({ status, peers, mempool, fees, mining }: Snapshot, now: number): Section[] {
  const { network, tip } = status
  const outbound = peers.filter(({ inbound }) => !inbound).length
  const next = fees.estimates.find(({ feeRate }) => feeRate !== null)
  return [
    {
      title: 'chain',
      facts: {
        network: `${network.name} (${network.id})`,
        height: tip.height,
        tip: tip.hash,
        age: durationText(now - tip.time * 1000),
        sync: syncText(status),
      },
    },
    {
      title: 'node',
      facts: {
        version: status.userAgent,
        'peer id': status.peerId,
        peers: `${peers.length} (${outbound} outbound)`,
        up: durationText(now - status.startedAtMs),
      },
    },
    {
      title: 'mempool',
      facts: {
        transactions: mempool.transactions,
        size: `${mempool.virtualBytes} vbytes`,
        floor: rateText(fees.floor),
        estimate: next && `${rateText(next.feeRate)} for ${next.target} blocks`,
        newest: mempool.entries.at(-1)?.txid,
      },
    },
    {
      title: 'mining',
      facts: {
        state: mining.mining ? 'on' : 'off',
        rate: `${Math.round(mining.hashesPerSecond)} hashes/s`,
        threads: mining.threads,
        found: `${mining.blocksFound} blocks`,
        pays: mining.address,
      },
    },
  ]
}

/** The table of peers: the same on the screen as in a pipe. @param now - Unix milliseconds */
export const peerColumns = (now: number): readonly Column<Snapshot['peers'][number]>[] => [
  { title: 'PEER', cell: ({ id }) => id },
  { title: 'WAY', cell: ({ inbound }) => (inbound ? 'in' : 'out') },
  { title: 'HEIGHT', align: 'right', cell: ({ hello }) => hello?.height },
  { title: 'FOR', align: 'right', cell: ({ connectedAtMs }) => durationText(now - connectedAtMs) },
  {
    title: 'PING',
    align: 'right',
    cell: ({ latencyMs }) => (latencyMs === null ? null : `${Math.ceil(latencyMs)} ms`),
  },
  { title: 'SCORE', align: 'right', cell: ({ score }) => Math.round(score) },
  { title: 'VERSION', cell: ({ hello }) => hello?.userAgent },
  { title: 'ADDRESS', cell: ({ address }) => address },
]
