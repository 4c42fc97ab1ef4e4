import type { FeesView, MempoolView, MiningView, PeersView, Status } from '../../client/views.ts'
import type { ApiClient } from '../api-client.ts'

/** What a node says of itself at one moment. */
export interface Snapshot {
  readonly status: Status
  readonly peers: PeersView['peers']
  readonly mempool: MempoolView
  readonly fees: FeesView
  readonly mining: MiningView
}

/** Of all that are pending, so many are named. */
const LISTED_TRANSACTIONS = 5

export async function takeSnapshot(client: ApiClient): Promise<Snapshot> {
  const [status, { peers }, mempool, fees, mining] = await Promise.all([
    client.status(),
    client.peers(),
    client.mempool(LISTED_TRANSACTIONS),
    client.fees(),
    client.mining(),
  ])
  return { status, peers, mempool, fees, mining }
}
