import { encodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { transactionTopic } from '../../protocols/gossip/protocol.ts'
import { handleRelay } from '../../protocols/relay/handler.ts'
import type { PeerId, TopicVerdict } from '../../src/ports/transport.ts'
import type { Txid, Wtxid } from '../../src/primitives/hash.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import type { FakeClock } from './fake-clock.ts'
import type { MemoryNetwork, MemoryTransport } from './memory-transport.ts'
import { createScriptedPeer, type ScriptedPeerOptions } from './scripted-peer.ts'
import { DEV } from './test-chain.ts'

/** A scripted peer with transactions of its own. */
export interface RelayPeer {
  readonly transport: MemoryTransport
  readonly self: PeerId
  /** what it serves to those who ask for it */
  readonly served: Map<Txid | Wtxid, Transaction>
  /** what it lists to those who ask what is pending */
  readonly listed: Wtxid[]
  /** ids that it was asked for, in order */
  readonly askedFor: (Txid | Wtxid)[]
  /** the least fee rate of each question for its inventory */
  readonly inventories: number[]
  /** Serves it from now on, by both of its ids. */
  serve(...transactions: readonly Transaction[]): void
  /** Serves and lists it from now on. */
  list(...transactions: readonly Transaction[]): void
  /** Sends it to a neighbour on the topic; the neighbour's verdict. */
  gossip(to: MemoryTransport, tx: Transaction): Promise<TopicVerdict | 'seen' | 'not-subscribed'>
}

export async function createRelayPeer(
  network: MemoryNetwork,
  name: string,
  { clock, ...options }: Omit<ScriptedPeerOptions, 'clock'> & { readonly clock: FakeClock },
): Promise<RelayPeer> {
  const { transport } = await createScriptedPeer(network, name, { clock, ...options })
  const served: RelayPeer['served'] = new Map()
  const listed: Wtxid[] = []
  const askedFor: RelayPeer['askedFor'] = []
  const inventories: number[] = []
  await handleRelay({
    transport,
    clock,
    network: DEV,
    onFault(peer, fault) {
      throw new Error(`${peer} asked wrongly: ${fault.code}`)
    },
    compactBlock: async () => undefined,
    blockTransactions: async () => undefined,
    transaction({ id }) {
      askedFor.push(id)
      return served.get(id)?.bytes
    },
    inventory(minFeeRate) {
      inventories.push(minFeeRate)
      return listed
    },
  })
  const serve = (...transactions: readonly Transaction[]): void => {
    for (const tx of transactions) for (const id of [tx.txid, tx.wtxid]) served.set(id, tx)
  }
  return {
    transport,
    self: transport.self,
    served,
    listed,
    askedFor,
    inventories,
    serve,
    list(...transactions) {
      serve(...transactions)
      listed.push(...transactions.map(({ wtxid }) => wtxid))
    },
    gossip: (to, tx) => transport.sendTo(to.self, transactionTopic(DEV), encodeTransactionMessage(tx.bytes)),
  }
}
