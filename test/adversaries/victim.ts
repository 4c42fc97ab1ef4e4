import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { toHex } from '../../src/base/bytes.ts'
import { parseHashId, type Txid } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import { addressOf } from '../support/api-node.ts'
import { eventually } from '../support/eventually.ts'
import { pay, type TestInput, testKey } from '../support/key.ts'
import { type NodeProcess, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { DEV } from '../support/test-chain.ts'

const PROBE = fileURLToPath(new URL('victim-probe.ts', import.meta.url))
const OWNER = testKey('owner of the honest coins')
const FEE = COIN / 1_000
/** After so long without it at the other one the honest node mines another block. */
const BLOCK_MS = 5_000

/** A node under attack, `cairn start` in a process of its own, and an honest node beside it that it trades with. */
export interface Victim {
  readonly node: NodeProcess
  readonly honest: NodeProcess
  /** where adversaries find it */
  readonly address: string
  readonly port: number
  /** bytes that it holds after a collection of its garbage */
  held(): Promise<number>
  /** resident bytes at most, since `forgetPeak` */
  peak(): number
  forgetPeak(): void
  sockets(): number
  /** A block from the honest node to the victim and a payment the other way; milliseconds. */
  trade(): Promise<number>
  /** whether its log says that it has banned the peer */
  hasBanned(peer: string): boolean
  /** a coin of the honest miner that nobody spends, on the chain of both */
  readonly unspent: TestInput
  /** whom it is connected to */
  peers(): Promise<readonly string[]>
}

/** Asks the probe inside a process. */
async function ask(path: string): Promise<number> {
  const socket = connect(path)
  socket.write('held')
  let answer = ''
  for await (const text of socket.setEncoding('utf8')) answer += text
  return Number(answer)
}

async function holdsWithin(ms: number, condition: () => Promise<boolean>): Promise<boolean> {
  const from = performance.now()
  while (!(await condition())) {
    if (performance.now() - from > ms) return false
    await delay(10)
  }
  return true
}

/** The sockets of a process; a file may be closed while they are looked through. */
const socketsOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length

/** Starts a victim with some blocks and an honest peer, connected to each other. @param trades - there are coins for */
export async function startVictim(trades: number): Promise<Victim> {
  const folder = await temporaryDirectory()
  const probe = join(folder, 'probe')
  const node = await startNode({
    env: { VICTIM_PROBE: probe, NODE_OPTIONS: `--max-semi-space-size=32 --import=${PROBE}` },
  })
  const address = node.started.addresses[0]!
  const honest = await startNode({ bootstrap: [address] })
  const { blocks } = await honest.client.generate(addressOf(OWNER), trades + 1 + DEV.maturity)
  const coins: TestInput[] = []
  for (const { hash } of blocks.slice(0, trades + 1)) {
    const { txids } = await honest.client.block(hash)
    const outPoint = { txid: parseHashId<Txid>(txids![0]!)!, vout: 0 }
    coins.push({ outPoint, coin: { value: 50 * COIN }, key: OWNER })
  }
  const unspent = coins.pop()!
  const hasTip = async (hash: string) => (await node.client.status()).tip.hash === hash
  await eventually('the victim has the honest chain', () => hasTip(blocks.at(-1)!.hash))

  return {
    node,
    honest,
    address,
    port: Number(/\/tcp\/(\d+)/.exec(address)![1]),
    unspent,
    held: () => ask(probe),
    // The high-water mark of its resident memory (proc(5)).
    peak: () => 1_024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))![1]),
    forgetPeak: () => writeFileSync(`/proc/${node.pid}/clear_refs`, '5'),
    sockets: () => socketsOf(node.pid),
    async trade() {
      const from = performance.now()
      await eventually('the victim has an honest block', async () => {
        // An adversary may have found one as well: whoever is next decides.
        const { blocks } = await honest.client.generate(addressOf(testKey('honest miner')), 1)
        return holdsWithin(BLOCK_MS, () => hasTip(blocks[0]!.hash))
      })
      const coin = coins.shift()
      if (coin === undefined) throw new Error(`there were coins for ${trades} trades`)
      const payment = pay([coin], [{ value: 50 * COIN - FEE, scriptPubKey: OWNER.scriptPubKey }])
      await node.client.submit(toHex(payment.bytes))
      await eventually('the honest node has the payment', async () =>
        (await honest.client.mempool(1_000)).entries.some(({ txid }) => txid === payment.txid),
      )
      return performance.now() - from
    },
    hasBanned: (peer) => node.log.some((line) => line.msg === 'peer banned' && line.peer === peer),
    peers: async () => (await node.client.peers()).peers.map(({ id }) => id),
  }
}
