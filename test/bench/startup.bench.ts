import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeFlags } from '../../scripts/node-flags.ts'
import { createCheckedStore } from '../../src/storage/checked-store.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { createTestChain } from '../support/test-chain.ts'
import { atMost, type Bench, median } from './bench.ts'

const CAIRN = fileURLToPath(new URL('../../src/cli/cairn.ts', import.meta.url))

/** Seconds from the spawn of a node on the folder to `node started`; the node is stopped again. */
async function timeStart(dataDirectory: string, height: number): Promise<number> {
  const from = performance.now()
  const args = ['start', '--network', 'dev', '--data-dir', dataDirectory, '--no-mdns', '--log-format', 'json']
  args.push('--listen', '/ip4/127.0.0.1/tcp/0', '--listen', '/ip4/127.0.0.1/tcp/0/ws', '--api-port', '0')
  const node = spawn(process.execPath, [...nodeFlags(), CAIRN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(node, 'exit')
  let seconds: number | undefined
  for await (const line of createInterface(node.stdout)) {
    const { msg, height: at } = JSON.parse(line) as { msg: string; height?: number }
    if (msg !== 'node started') continue
    seconds = (performance.now() - from) / 1000
    if (at !== height) throw new Error(`the node started at height ${at}, not ${height}`)
    node.kill('SIGTERM')
  }
  await ended
  if (seconds === undefined) throw new Error('the node ended before it had started')
  return seconds
}

async function makeChain(dataDirectory: string, blocks: number): Promise<void> {
  await mkdir(dataDirectory, { recursive: true })
  const level = await openLevelStore(join(dataDirectory, 'chain'))
  const { chain, mineMany } = await createTestChain({ store: createCheckedStore(level) })
  await mineMany(blocks)
  await chain.stop()
  await level.close()
}

export const bench: Bench = {
  name: 'startup',
  description: 'seconds to `node started`, with an empty data directory and with 20,000 blocks',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { rounds: { type: 'string', default: '5' }, blocks: { type: 'string', default: '20000' } },
    })
    const [rounds, blocks] = [Number(values.rounds), Number(values.blocks)]
    const folder = await mkdtemp(join(tmpdir(), 'cairn-startup-'))
    try {
      process.stderr.write(`making a chain of ${blocks} blocks\n`)
      const full = join(folder, 'full')
      await makeChain(full, blocks)
      const empty: number[] = []
      const filled: number[] = []
      for (let round = 0; round <= rounds; round++) {
        empty.push(await timeStart(join(folder, `empty-${round}`), 0))
        filled.push(await timeStart(full, blocks))
        process.stderr.write(`round ${round} of ${rounds}\n`)
      }
      const figures = {
        emptySeconds: median(empty.slice(1)),
        blocks20kSeconds: median(filled.slice(1)),
        coldEmptySeconds: empty[0]!,
      }
      return {
        figures,
        goals: [atMost(figures, 'emptySeconds', 1.5), atMost(figures, 'blocks20kSeconds', 2.5)],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
