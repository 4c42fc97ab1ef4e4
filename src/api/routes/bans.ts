import type { Ban } from '../../ports/peers.ts'
import type { PeerId } from '../../ports/transport.ts'
import type { RegisterRoutes } from '../context.ts'
import { banBodySchema, banSchema, bansSchema, peerIdSchema, peerParamsSchema } from '../peer-schemas.ts'
import { ApiProblem } from '../problem.ts'

const view = ({ peer, until, reason }: Ban) => ({ id: peer, untilMs: until, reason })

export const registerBans: RegisterRoutes = (app, { services, clock }) => {
  const { peerControl } = services

  app.get(
    '/v1/bans',
    { schema: { summary: 'All bans that are in force', response: { 200: bansSchema } } },
    async () => ({
      bans: peerControl.bans().map(view),
    }),
  )

  app.post(
    '/v1/peers/:id/ban',
    {
      schema: {
        summary: 'Hang up on a peer and refuse it for a time',
        params: peerParamsSchema,
        body: banBodySchema,
        response: { 200: banSchema },
      },
    },
    async ({ params, body: { seconds, reason } }) => {
      const ban: Ban = { peer: params.id as PeerId, until: clock.now() + seconds * 1_000, reason }
      if (ban.peer === services.peerId) throw new ApiProblem(409, 'peer-is-self', 'that is this node itself')
      await peerControl.ban(ban.peer, ban.until, ban.reason)
      return view(peerControl.bans().find(({ peer }) => peer === ban.peer) ?? ban)
    },
  )

  app.delete(
    '/v1/bans/:id',
    {
      schema: {
        summary: 'Take a banned peer back',
        params: peerParamsSchema,
        response: { 200: peerIdSchema },
      },
    },
    async ({ params: { id } }) => {
      if (!(await peerControl.unban(id as PeerId)))
        throw new ApiProblem(404, 'ban-unknown', `${id} is not banned`)
      return { id }
    },
  )
}
