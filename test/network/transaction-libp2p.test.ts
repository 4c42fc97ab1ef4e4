import { expect, it, onTestFinished } from 'vitest'
import type { Host } from '../../src/network/host.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { eventually } from '../support/eventually.ts'
import { pay, testKey } from '../support/key.ts'
import { makeHost } from '../support/network-host.ts'
import { type NetworkParts, startNetworkParts } from '../support/network-node.ts'
import { coinbaseInput, createTestChain, DEV, type TestChain } from '../support/test-chain.ts'

const ADA = testKey('ada')
const COINS = 10
const LINE = 5

interface RealNode extends NetworkParts {
  readonly host: Host
  readonly test: TestChain
}

/** A node over real libp2p on loopback with coins that can be spent, stopped when the test ends. */
async function startNode(name: string): Promise<RealNode> {
  const test = await createTestChain()
  await test.mineMany(COINS + DEV.maturity)
  const host = await makeHost({ networkId: DEV.id, dht: 'off' })
  const parts = await startNetworkParts({ name, transport: host, test, clock: systemClock })
  onTestFinished(() => parts.stop())
  await host.start()
  return { ...parts, host, test }
}

/** Lines of payments, each of which spends the one before it. */
async function pendingPayments({ chain }: RealNode): Promise<Transaction[]> {
  const payments: Transaction[] = []
  for (let height = 1; height <= COINS; height++) {
    const block = await chain.block(chain.entryAt(height)!.hash)
    let input = coinbaseInput(block!)
    for (let i = 0; i < LINE; i++) {
      const tx = pay([input], [{ value: input.coin.value - 10_000, scriptPubKey: ADA.scriptPubKey }])
      payments.push(tx)
      input = { outPoint: { txid: tx.txid, vout: 0 }, coin: tx.outputs[0]!, key: ADA }
    }
  }
  return payments
}

it('a node that comes back over libp2p gets what is pending', async () => {
  const [node, back] = await Promise.all([startNode('node'), startNode('back')])
  const payments = await pendingPayments(node)
  for (const tx of payments) expect((await node.mempool.accept(tx)).ok).toBe(true)
  await back.host.dial(node.host.addresses()[0]!)
  await eventually('it has them all', () => back.mempool.size === payments.length)
  expect([...node.host.bans(), ...back.host.bans()]).toEqual([])
})
