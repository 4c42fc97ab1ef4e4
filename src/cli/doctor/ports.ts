import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import type { Status } from '../../client/views.ts'
import { isProcessRunning, readNodeFile } from '../../platform/node/node-file.ts'
import { probeListen, type TcpEndpoint } from '../../platform/node/tcp-probe.ts'
import { type Finding, ok, type Patient, problem } from './finding.ts'
import { askStatus } from './live-node.ts'

const CHECK = 'ports'
const LOOPBACK = '127.0.0.1'

/** Data directories in ~/.cairn whose nodes are asked for their ports. */
const MAX_NEIGHBOURS = 32

/** One thing that a node listens on. */
interface Wanted extends TcpEndpoint {
  readonly what: string
  /** what chooses another */
  readonly option: string
}

/** Whether the ports are free, or who has them. A node that runs has its own, whatever the options say. */
export async function checkPorts(patient: Patient): Promise<Finding[]> {
  const { status, file } = patient.node
  if (status !== undefined) {
    const places = [...status.addresses, ...(file?.api === undefined ? [] : [file.api])]
    return [ok(CHECK, `the node has ${places.join(' ')}`)]
  }
  const wanted = wantedPorts(patient)
  const probed = await Promise.all(wanted.map(async (each) => ({ each, why: await probeListen(each) })))
  const taken = probed.filter(({ why }) => why !== undefined)
  const free = probed.filter(({ why }) => why === undefined).map(({ each }) => `${each.port} (${each.what})`)
  const holders = taken.some(({ why }) => why === 'EADDRINUSE') ? await findHolders(patient, wanted) : []
  return [
    ...(free.length > 0 ? [ok(CHECK, `free: ${free.join(', ')}`)] : []),
    ...taken.map(({ each, why }) => takenPort(each, why!, holders)),
  ]
}

function wantedPorts({ config: { p2p, api } }: Patient): Wanted[] {
  const listen = p2p.listen.map((text) => {
    const parts = multiaddr(text).getComponents()
    const isWebSocket = parts.some(({ name }) => name === 'ws')
    return {
      what: isWebSocket ? 'peers, WebSockets' : 'peers, TCP',
      option: '--p2p-port or --listen',
      host: parts[0]?.value ?? '0.0.0.0',
      port: Number(parts[1]?.value),
    }
  })
  const own = api && { what: 'API', option: '--api-port', host: LOOPBACK, port: api.port }
  // Port 0 is any that is free.
  return [...listen, ...(own ? [own] : [])].filter(({ port }) => port !== 0)
}

function takenPort({ what, option, host, port }: Wanted, why: string, holders: readonly Holder[]): Finding {
  const place = `port ${port} (${what}) on ${host}`
  if (why === 'EACCES')
    return problem(CHECK, `${place} is not allowed to this user`, `choose one above 1023 with ${option}`)
  if (why !== 'EADDRINUSE')
    return problem(CHECK, `nobody can listen on ${place} (${why})`, `choose another with ${option}`)
  const holder = holders.find(({ ports }) => ports.has(port))
  const who =
    holder === undefined ? 'another program' : `a Cairn node of the network ${holder.network} (${holder.url})`
  return problem(CHECK, `${place} is held by ${who}`, `stop that one, or choose another port with ${option}`)
}

interface Holder {
  readonly url: string
  readonly network: string
  readonly ports: ReadonlySet<number>
}

/** Nodes of this user: the one at the API's port, and those whose data directories lie where they do by default. */
async function findHolders({ config, context }: Patient, wanted: readonly Wanted[]): Promise<Holder[]> {
  const { machine } = context
  const urls = new Set(await neighbourUrls(machine.resolvePath(machine.homeDirectory, '.cairn')))
  for (const { what, port } of wanted) if (what === 'API') urls.add(`http://${LOOPBACK}:${port}`)
  // A token that is meant for our node is not shown to others.
  const environment = { ...machine.environment, CAIRN_API_TOKEN: undefined }
  const stranger = { ...context, machine: { ...machine, environment } }
  const found = await Promise.all(
    [...urls].map(async (url) => {
      const { status } = await askStatus(url, config, stranger)
      return status && { url, network: status.network.name, ports: portsOf(url, status) }
    }),
  )
  return found.filter((each) => each !== undefined)
}

async function neighbourUrls(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(
    names.slice(0, MAX_NEIGHBOURS).map((name) => readNodeFile(join(folder, name)).catch(() => undefined)),
  )
  return files.flatMap((file) => (file?.api !== undefined && isProcessRunning(file.pid) ? [file.api] : []))
}

function portsOf(url: string, { addresses }: Status): Set<number> {
  const ports = addresses.map((text) => Number(/\/tcp\/(\d+)/.exec(text)?.[1]))
  return new Set([...ports, Number(new URL(url).port)])
}
