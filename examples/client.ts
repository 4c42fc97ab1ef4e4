/**
 * A program that talks to a node over its HTTP API. `node examples/client.ts http://127.0.0.1:9472 <token>` asks a node
 * that runs, whose token stands in `api.cookie` of its data directory; without arguments it starts one of its own.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from 'cairn-node'
import { ApiError, createClient } from 'cairn-node/client'

/** On the network `dev`; nobody has its key. */
const ADDRESS = 'dcrn1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqfy36ff'

async function talk(url: string, token: string): Promise<void> {
  const client = createClient(url, { token })
  const { userAgent, network, tip } = await client.get('/v1/status')
  console.log(`${userAgent} on ${network.name}, at ${tip.height}`)

  // Blocks are mined once the node tells us of them.
  const onOpen = () =>
    void client.post('/v1/mining/generate', { body: { address: ADDRESS, blocks: 2 } }).catch(console.error)
  for await (const event of client.events({ kinds: ['block'], onOpen })) {
    if (event.kind !== 'block') continue
    console.log(`block ${event.data.height} ${event.data.hash}`)
    if (event.data.height >= tip.height + 2) break
  }

  const { coins } = await client.post('/v1/coins', { body: { addresses: [ADDRESS] } })
  console.log(`${coins.length} coins at ${ADDRESS}`)
  try {
    await client.get('/v1/blocks/{hashOrHeight}', { params: { path: { hashOrHeight: '4000000' } } })
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    console.log(`${error.status} ${error.code}: ${error.message}`)
  }
}

const [url, token] = process.argv.slice(2)
if (url !== undefined && token !== undefined) await talk(url, token)
else {
  const dataDir = await mkdtemp(join(tmpdir(), 'cairn-example-'))
  {
    await using node = await createNode({
      network: 'dev',
      dataDir,
      p2p: { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false },
      api: { port: 0 },
    })
    await talk(node.api!, await readFile(join(dataDir, 'api.cookie'), 'utf8'))
  }
  await rm(dataDir, { recursive: true })
}
