import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTENING = '0A'

/** The TCP ports on which a process listens (proc(5)), ascending: what it announces may be something else. */
export function listeningPorts(pid: number): number[] {
  const folder = `/proc/${pid}/fd`
  const sockets = new Set<string>()
  for (const fd of readdirSync(folder)) {
    try {
      sockets.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1] ?? '')
    } catch {
      // Closed meanwhile.
    }
  }
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTENING && sockets.has(inode!))
    .map(([, local]) => Number.parseInt(local!.split(':')[1]!, 16))
    .sort((a, b) => a - b)
}
