import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Status } from '../../client/views.ts'
import { durationText } from '../duration.ts'
import { type Finding, ok, type Patient, problem, warning } from './finding.ts'

const CHECK = 'clock'
const SET_CLOCK = 'set the clock, and have it kept right (NTP)'

/** Files may be of another machine's disk: milliseconds. */
const FILE_TOLERANCE_MS = 60_000

/** Miners' clocks differ: milliseconds that a tip may lie ahead. */
const TIP_TOLERANCE_MS = 600_000

/** Of a network's blocks, so many in a row come this late next to never; and least milliseconds. */
const LATE_BLOCKS = 20
const LEAST_LATE_MS = 3_600_000

/** Whether the time can be right: nothing that lies behind us is in the future, and the chain goes on. */
export async function checkClock({ config, node, context }: Patient): Promise<Finding[]> {
  const now = context.clock.now()
  const { network, dataDirectory } = config
  const shown = `it is ${new Date(now).toISOString()}`
  if (now < network.genesisTime * 1000)
    return [problem(CHECK, `${shown}, before the network ${network.name} began`, SET_CLOCK)]
  if (node.status !== undefined) return [againstTip(node.status, now, shown)]
  const newest = await newestFile(dataDirectory)
  if (newest !== undefined && newest - now > FILE_TOLERANCE_MS)
    return [
      problem(
        CHECK,
        `${shown}, and the data directory was written ${durationText(newest - now)} later`,
        SET_CLOCK,
      ),
    ]
  return [ok(CHECK, shown)]
}

function againstTip({ tip, network, peers, sync }: Status, now: number, shown: string): Finding {
  const age = now - tip.time * 1000
  if (-age > TIP_TOLERANCE_MS)
    return problem(CHECK, `${shown}, and the last block is ${durationText(-age)} ahead`, SET_CLOCK)
  const late = Math.max(LEAST_LATE_MS, (network.spacing ?? Number.POSITIVE_INFINITY) * 1000 * LATE_BLOCKS)
  const isInStep = sync.phase === 'idle' && peers.inbound + peers.outbound > 0
  if (isInStep && age > late)
    return warning(
      CHECK,
      `${shown}, and the last block is ${durationText(age)} old`,
      'see whether the clock is ahead; otherwise the network stands still, or its peers know no better',
    )
  return ok(CHECK, `${shown}, and the last block is ${durationText(age)} old`)
}

/** When anything right in the folder was last written: Unix milliseconds. */
async function newestFile(folder: string): Promise<number | undefined> {
  const names = await readdir(folder).catch(() => [])
  const times = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return times.length === 0 ? undefined : Math.max(...times)
}
