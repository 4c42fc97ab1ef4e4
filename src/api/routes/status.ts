import type { RegisterRoutes } from '../context.ts'
import { statusSchema } from '../schemas.ts'
import { blockRef, workHex } from '../views.ts'

export const registerStatus: RegisterRoutes = (app, { services }) => {
  app.get(
    '/v1/status',
    { schema: { summary: 'Who the node is, and where it stands', response: { 200: statusSchema } } },
    async () => {
      const { chain, mempool, miner } = services
      const { name, id, genesis, prefix, spacing, maturity } = chain.parameters
      const tip = chain.tip()
      const peers = services.peers()
      const inbound = peers.filter((peer) => peer.inbound).length
      const { mining, hashesPerSecond } = miner.status()
      const pruning = chain.pruning()
      const { phase, blocksLeft, blocksPerSecond, secondsLeft, presyncPercent } = services.sync()
      return {
        userAgent: services.userAgent,
        peerId: services.peerId,
        startedAtMs: services.startedAt,
        network: { name, id, genesis: genesis.hash, addressPrefix: prefix, spacing, maturity },
        tip: { ...blockRef(tip), time: tip.header.time, work: workHex(tip.work) },
        bestHeader: blockRef(chain.bestHeader()),
        sync: {
          phase,
          blocksLeft,
          blocksPerSecond,
          secondsLeft: secondsLeft ?? null,
          presyncPercent: presyncPercent ?? null,
        },
        pruned: pruning === undefined ? null : { ...pruning, keptBlocks: pruning.keptBlocks ?? null },
        peers: { inbound, outbound: peers.length - inbound },
        mempool: { transactions: mempool.size, virtualBytes: mempool.virtualBytes },
        mining: { mining, hashesPerSecond },
        addresses: [...services.addresses()],
        signatureBackend: services.signatureBackend,
        hashEngine: services.hashEngine,
      }
    },
  )
}
