/**
 * A node inside a program: `node examples/embedded-node.ts` mines three blocks on a network of its own and says so.
 * The data directory is the first argument, or one that is removed afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from 'cairn-node'

const given = process.argv[2]
const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'cairn-example-')))

{
  await using node = await createNode({
    network: 'dev',
    dataDir,
    p2p: { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false },
    api: { enabled: false },
  })
  node.on('tipChanged', ({ tip }) => console.log(`block ${tip.height} ${tip.hash}`))

  // Whoever has the key of this script gets the rewards: here, nobody has.
  const script = Uint8Array.of(0, 20, ...new Uint8Array(20))
  await node.miner.generate(3, script, AbortSignal.timeout(30_000))
  const { count, total } = await node.chain.coinStatistics()
  console.log(`${count} coins, ${total} base units`)
}

if (given === undefined) await rm(dataDir, { recursive: true })
