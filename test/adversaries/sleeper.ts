import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { testKey } from '../support/key.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import type { Adversary, Outcome } from './adversary.ts'

const BLOCKS = 1_000
const BLOCKS_A_CALL = 100
const MINER = addressOf(testKey('sleeper'))
/** It dials nobody but whom it is told. */
const ALONE = ['--no-dht', '--target-peers', '0']

const statusOf = ({ client }: NodeProcess) => client.status()

/** A real node, stopped by a signal: its machine answers for it on TCP, and nobody else does. */
export const SLEEPER: readonly Adversary[] = [
  {
    name: 'stopped in the middle of a sync',
    does: `a node that is ${BLOCKS} blocks ahead, SIGSTOP while they are fetched, SIGCONT once it is let go`,
    expected: 'dropped',
    async attack(victim): Promise<Outcome> {
      const pupil = await startNode({ bootstrap: [victim.address], args: ALONE })
      const { dataDirectory } = pupil
      await eventually('it has the honest chain', async () => {
        const [own, other] = await Promise.all([statusOf(pupil), statusOf(victim.node)])
        return own.tip.hash === other.tip.hash
      })
      await pupil.stop()
      const maker = await startNode({ dataDirectory, args: ALONE })
      for (let made = 0; made < BLOCKS; made += BLOCKS_A_CALL)
        await maker.client.generate(MINER, BLOCKS_A_CALL)
      const { tip } = await statusOf(maker)
      await maker.stop()

      const sleeper = await startNode({ dataDirectory, args: ALONE, bootstrap: [victim.address] })
      const { peerId } = sleeper.started
      const height = async () => (await statusOf(victim.node)).bestHeader.height
      await eventually('the victim knows what it lacks', async () => (await height()) >= tip.height)
      sleeper.kill('SIGSTOP')
      await eventually('the victim lets it go', async () => !(await victim.peers()).includes(peerId))
      sleeper.kill('SIGCONT')
      const isThrough = async () => (await statusOf(victim.node)).tip.height >= tip.height
      await eventually('the sync goes on', isThrough)
      await sleeper.stop()
      return victim.hasBanned(peerId) ? 'banned' : 'dropped'
    },
  },
]
