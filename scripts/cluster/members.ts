import { join } from 'node:path'
import { invariant } from '../../src/base/errors.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import type { NodeLauncher, NodeProcess } from './node-process.ts'
import type { Topology } from './options.ts'
import { createPayer, type Payer } from './payer.ts'

/** A place in the cluster: a data directory, a wallet, and a process unless it has not come yet or is dead. */
export interface Member {
  readonly name: string
  readonly payer: Payer
  process(): NodeProcess | undefined
  start(bootstrap: readonly string[]): Promise<NodeProcess>
  /** SIGKILL. */
  kill(): Promise<void>
}

export interface MembersOptions {
  readonly count: number
  readonly folder: string
  readonly network: NetworkParameters
  readonly launcher: NodeLauncher
  readonly signal: AbortSignal
}

/** Members that do not run yet; the last one joins late. */
export function createMembers({
  count,
  folder,
  network,
  launcher,
  signal,
}: MembersOptions): Promise<Member[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const id = `node-${index + 1}`
      const name = index === count - 1 ? `${id} (late)` : id
      const payer = await createPayer(network)
      let running: NodeProcess | undefined
      return {
        name,
        payer,
        process: () => running,
        async start(bootstrap: readonly string[]) {
          const paths = { dataDirectory: join(folder, id), logFile: join(folder, `${id}.log`) }
          running = await launcher.start({ name, ...paths, bootstrap }, signal)
          return running
        },
        async kill() {
          const process = running
          running = undefined
          await process?.kill()
        },
      }
    }),
  )
}

/** Those that run. */
export const processesOf = (members: readonly Member[]): NodeProcess[] =>
  members.map((member) => member.process()).filter((process) => process !== undefined)

/** Starts the first nodes, each with what the topology lets it know. */
export async function startMembers(members: readonly Member[], topology: Topology): Promise<void> {
  const [first, ...others] = members
  invariant(first, 'there are members')
  let known = await first.start([])
  if (topology === 'star') {
    await Promise.all(others.map((member) => member.start(known.addresses)))
    return
  }
  for (const member of others) known = await member.start(known.addresses)
}
