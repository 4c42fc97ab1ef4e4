import { connect, type Socket } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { eventually } from '../support/eventually.ts'
import { type Adversary, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { LIBP2P_PROTOCOLS, openOrEnd } from './garbage.ts'
import { type Intruder, intrude } from './intruder.ts'
import type { Victim } from './victim.ts'

const CONNECTIONS = 200
const IDENTITIES = 80
const STREAMS = 400
const SOCKETS = 500

/** A newcomer that says hello as it should is taken in, although it is crowded. */
async function newcomer(victim: Victim): Promise<void> {
  await withIntruder(victim, {}, async (honest): Promise<Outcome> => {
    await eventually('an honest newcomer is taken in', async () => {
      const { peers } = await victim.node.client.peers()
      return peers.some(({ id, hello }) => id === honest.peer && hello !== null)
    })
    return 'kept'
  })
}

export const CROWD: readonly Adversary[] = [
  {
    name: 'connections of one identity',
    does: `${CONNECTIONS} connections from one peer`,
    expected: 'kept',
    attack: (victim) =>
      withIntruder(victim, {}, async (intruder) => {
        for (let i = 0; i < CONNECTIONS && !intruder.isGone(); i++)
          await intruder.node
            .dial(multiaddr(victim.address), { force: true, signal: AbortSignal.timeout(5_000) })
            .catch(() => undefined)
        await newcomer(victim)
        return fateNow(victim, intruder)
      }),
  },
  {
    name: 'many identities',
    does: `${IDENTITIES} peers from one host, each of which says hello`,
    expected: 'refused',
    async attack(victim) {
      const taken: Intruder[] = []
      for (let i = 0; i < IDENTITIES; i++)
        await intrude(victim.address).then(
          (intruder) => taken.push(intruder),
          () => undefined,
        )
      try {
        await newcomer(victim)
        const left = taken.filter((intruder) => !intruder.isGone())
        return left.length < IDENTITIES ? 'refused' : 'kept'
      } finally {
        await Promise.all(taken.map((intruder) => intruder.stop()))
      }
    },
  },
  {
    name: 'streams of one peer',
    does: `${STREAMS} streams on each protocol of libp2p, all left open`,
    expected: 'kept',
    attack: (victim) =>
      withIntruder(victim, {}, async (intruder) => {
        for (const protocol of Object.values(LIBP2P_PROTOCOLS))
          await Promise.all(Array.from({ length: STREAMS }, () => openOrEnd(intruder, protocol)))
        return fateNow(victim, intruder)
      }),
  },
  {
    name: 'raw connections',
    does: `${SOCKETS} TCP connections at once that say nothing`,
    expected: 'refused',
    async attack(victim) {
      const open = new Set<Socket>()
      for (let i = 0; i < SOCKETS; i++) {
        const socket = connect(victim.port, '127.0.0.1')
        open.add(socket)
        socket.on('error', () => {}).once('close', () => open.delete(socket))
        socket.resume()
      }
      await eventually('most are refused', () => open.size <= 100)
      for (const socket of open) socket.destroy()
      await newcomer(victim)
      return 'refused'
    },
  },
]
