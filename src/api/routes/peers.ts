import type { PeerView } from '../../ports/node-services.ts'
import type { PeerId } from '../../ports/transport.ts'
import type { RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { ANSWER_TIMEOUT_MS } from '../limits.ts'
import { dialBodySchema, peerIdSchema, peerParamsSchema, peersSchema } from '../peer-schemas.ts'
import { ApiProblem } from '../problem.ts'
import { workHex } from '../views.ts'

const rounded = (score: number): number => Math.round(score * 100) / 100

const view = ({ peer, since, hello, latencyMs, ...standing }: PeerView) => ({
  id: peer,
  address: standing.address,
  inbound: standing.inbound,
  connectedAtMs: since,
  latencyMs: latencyMs ?? null,
  score: rounded(standing.score),
  gossipScore: rounded(standing.gossipScore),
  brought: { blocks: standing.blocks, transactions: standing.transactions },
  protected: standing.isProtected,
  anchor: standing.isAnchor,
  feeler: standing.isFeeler,
  hello: hello === undefined ? null : { ...hello, work: workHex(hello.work) },
})

export const registerPeers: RegisterRoutes = (app, context) => {
  const { services } = context

  app.get(
    '/v1/peers',
    {
      schema: {
        summary: 'Connected peers, how they stand with us, and what they say of themselves',
        response: { 200: peersSchema },
      },
    },
    async () => ({
      peers: services.peers().map(view),
    }),
  )

  app.post(
    '/v1/peers',
    { schema: { summary: 'Connect to a peer', body: dialBodySchema, response: { 200: peerIdSchema } } },
    ({ body: { multiaddr } }, reply) =>
      answerWithin(context, reply, ANSWER_TIMEOUT_MS, async (signal) => ({
        id: await services.peerControl.dial(multiaddr, { signal }),
      })),
  )

  app.delete(
    '/v1/peers/:id',
    { schema: { summary: 'Hang up on a peer', params: peerParamsSchema, response: { 200: peerIdSchema } } },
    async ({ params: { id } }) => {
      if (!services.peers().some(({ peer }) => peer === id))
        throw new ApiProblem(404, 'peer-unknown', `this node is not connected to ${id}`)
      await services.peerControl.disconnect(id as PeerId, 'disconnected by the user')
      return { id }
    },
  )
}
