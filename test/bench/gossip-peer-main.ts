/**
 * A peer that publishes payments, as many as its parent says, in a process of its own: `node gossip-peer-main.ts
 * '<GossipPeerJob>'`. Lines on standard input tell it how many it may have published in all.
 */
import { createInterface } from 'node:readline'
import { encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { MAX_TRANSACTION_MESSAGE_BYTES, transactionTopic } from '../../protocols/gossip/protocol.ts'
import { handleHello } from '../../protocols/hello/handler.ts'
import { HELLO_VERSION, SERVICE_BLOCKS } from '../../protocols/hello/protocol.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { DEV } from '../support/test-chain.ts'
import { childJob } from './child.ts'
import type { GossipPeerJob } from './gossip-job.ts'
import { openLoopbackHost } from './loopback-host.ts'
import { openPaymentChain, readBlocks } from './payment-chain.ts'

const { folder, chain: chainFolder, node, blocks, share, of } = childJob<GossipPeerJob>()
const chain = await openPaymentChain(chainFolder)
const topic = transactionTopic(DEV)

/** Its share of the payments of the blocks, in order. */
async function readMessages(): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = []
  let index = 0
  for await (const bytes of readBlocks(chain, chain.setUpBlocks, chain.lengths.length)) {
    const block = decodeBlock(bytes)
    if (!block.ok) throw block.error
    if (!blocks.includes(index++)) continue
    for (const [place, tx] of block.value.transactions.slice(1).entries())
      if (place % of === share) messages.push(encodeTransactionMessage(tx.bytes))
  }
  return messages
}

const messages = await readMessages()
const { host, close } = await openLoopbackHost(folder, { listen: [], bootstrap: [node], targetOutbound: 1 })
await handleHello(
  { transport: host, clock: systemClock, network: DEV },
  {
    own: () => ({
      version: HELLO_VERSION,
      genesis: DEV.genesis.hash,
      tip: DEV.genesis.hash,
      height: 0,
      work: 2n,
      services: SERVICE_BLOCKS,
      userAgent: 'bench/peer',
    }),
    heard() {},
  },
)
// It is no node: nothing that comes from the others is handed on.
host.subscribe(topic, MAX_TRANSACTION_MESSAGE_BYTES, async () => 'ignore')
await host.start()

let allowed = 0
let published = 0
let publishing = false

async function publish(): Promise<void> {
  if (publishing) return
  publishing = true
  while (published < Math.min(allowed, messages.length)) {
    const reached = await host.publish(topic, messages[published]!)
    if (reached > 0) published += 1
    else await systemClock.sleep(50)
  }
  publishing = false
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    allowed = Number(line)
    void publish()
  })
  .once('close', async () => {
    await close()
    process.exit()
  })
