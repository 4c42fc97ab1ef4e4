import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeFlags } from '../../scripts/node-flags.ts'
import { toHex } from '../../src/base/bytes.ts'
import { readApiCookie } from '../../src/platform/node/api-cookie.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { atLeast, type Bench, median } from './bench.ts'
import { type HttpConnection, openHttpConnection } from './http-connection.ts'
import { watchOtherLoad } from './other-load.ts'
import { loadPaymentChain, type PaymentChain, readBlocks } from './payment-chain.ts'
import { openEngine } from './replay-engine.ts'

const CAIRN = fileURLToPath(new URL('../../src/cli/cairn.ts', import.meta.url))

const READS = ['/v1/status', '/v1/blocks?limit=1', '/v1/fees', '/v1/mempool?limit=5', '/v1/health'] as const

/** A data directory whose chain holds the coins that the payments spend. */
async function makeDataDirectory(folder: string, chain: PaymentChain): Promise<void> {
  await mkdir(folder, { recursive: true })
  const engine = await openEngine({ folder: join(folder, 'chain'), indexes: true, lastTime: chain.lastTime })
  for await (const bytes of readBlocks(chain, 0, chain.setUpBlocks)) await engine.offer(bytes)
  await engine.stop()
  await engine.close()
}

/** The payments of each block, as bodies of requests. */
async function readPayments(chain: PaymentChain): Promise<string[][]> {
  const payments: string[][] = []
  for await (const bytes of readBlocks(chain, chain.setUpBlocks, chain.lengths.length)) {
    const block = decodeBlock(bytes)
    if (!block.ok) throw block.error
    payments.push(block.value.transactions.slice(1).map((tx) => JSON.stringify({ hex: toHex(tx.bytes) })))
  }
  return payments
}

interface StartedNode {
  readonly port: number
  stop(): Promise<void>
}

async function startNode(dataDirectory: string): Promise<StartedNode> {
  const args = ['start', '--network', 'dev', '--data-dir', dataDirectory, '--no-mdns', '--log-format', 'json']
  args.push('--listen', '/ip4/127.0.0.1/tcp/0', '--api-port', '0', '--api-rate-limit', '1000000')
  const node = spawn(process.execPath, [...nodeFlags(), CAIRN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(node, 'exit')
  const port = await new Promise<number>((resolve, reject) => {
    ended.then(() => reject(new Error('the node ended before it had started')), reject)
    createInterface(node.stdout).on('line', (line) => {
      const { msg, api } = JSON.parse(line) as { msg: string; api?: string }
      if (msg === 'node started' && api !== undefined) resolve(Number(new URL(api).port))
    })
  })
  return {
    port,
    async stop() {
      node.kill('SIGTERM')
      await ended
    },
  }
}

interface Round {
  readonly perSecond: number
  readonly loopP99Ms: number
}

/** The 99th percentile of the node's event-loop delay since it was last asked for. */
async function loopP99Ms(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^\w*nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)![1]) * 1_000
}

/** Asks so many times, on all connections at once and in order. */
async function measure(
  connections: readonly HttpConnection[],
  port: number,
  count: number,
  ask: (connection: HttpConnection, index: number) => Promise<number>,
): Promise<Round> {
  await loopP99Ms(port)
  let next = 0
  const from = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (next < count) {
        const index = next++
        const status = await ask(connection, index)
        if (status >= 300) throw new Error(`request ${index} was answered with ${status}`)
      }
    }),
  )
  const perSecond = (count * 1_000) / (performance.now() - from)
  return { perSecond, loopP99Ms: await loopP99Ms(port) }
}

export const bench: Bench = {
  name: 'api',
  description: 'small reads and submitted payments a second that a node answers over HTTP',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        connections: { type: 'string', default: '32' },
        reads: { type: 'string', default: '20000' },
      },
    })
    const chain = await loadPaymentChain({
      coins: 50_000,
      blocks: 5,
      transactions: 20_000,
      inputs: 1,
      feeSpread: 4_000,
    })
    const folder = await mkdtemp(join(tmpdir(), 'cairn-api-'))
    try {
      const [first, ...blocks] = await readPayments(chain)
      await makeDataDirectory(folder, chain)
      const node = await startNode(folder)
      const connections: HttpConnection[] = []
      try {
        const token = (await readApiCookie(folder))!
        for (let i = 0; i < Number(values.connections); i++)
          connections.push(await openHttpConnection(node.port, token))
        const read = (count: number) =>
          measure(connections, node.port, count, (connection, index) =>
            connection.ask('GET', READS[index % READS.length]!),
          )
        const pay = (payments: readonly string[]) =>
          measure(connections, node.port, payments.length, (connection, index) =>
            connection.ask('POST', '/v1/transactions', payments[index]!),
          )
        // Not counted: V8 compiles the routes meanwhile.
        await read(Number(values.reads) / 4)
        await pay(first!)
        const otherLoad = watchOtherLoad()
        const [reads, payments]: [Round[], Round[]] = [[], []]
        for (const block of blocks) {
          reads.push(await read(Number(values.reads)))
          payments.push(await pay(block))
          process.stderr.write(`round ${reads.length} of ${blocks.length}\n`)
        }
        const figures = {
          readsPerSecond: median(reads.map(({ perSecond }) => perSecond)),
          paymentsPerSecond: median(payments.map(({ perSecond }) => perSecond)),
          readEventLoopP99Ms: median(reads.map((round) => round.loopP99Ms)),
          paymentEventLoopP99Ms: median(payments.map((round) => round.loopP99Ms)),
          pending: blocks.reduce((sum, block) => sum + block.length, first!.length),
          nodeAndOtherProcessesCores: otherLoad(),
        }
        return {
          figures,
          goals: [atLeast(figures, 'readsPerSecond', 3_000), atLeast(figures, 'paymentsPerSecond', 1_000)],
        }
      } finally {
        for (const connection of connections) connection.close()
        await node.stop()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
