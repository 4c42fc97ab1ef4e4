import type { RegisterRoutes } from '../context.ts'
import { peersSchema } from '../schemas.ts'
import { workHex } from '../views.ts'

export const registerPeers: RegisterRoutes = (app, { services }) => {
  app.get('/v1/peers', { schema: { response: { 200: peersSchema } } }, async () => ({
    peers: services.peers().map(({ peer, address, inbound, since, hello }) => ({
      id: peer,
      address,
      inbound,
      connectedAtMs: since,
      hello: hello === undefined ? null : { ...hello, work: workHex(hello.work) },
    })),
  }))
}
