import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { startHost } from '../support/network-host.ts'

test('a peer of another network is let go by both sides, and is not kept', async () => {
  const host = await startHost()
  const foreign = await startHost({ networkId: 'feedf00d' })
  const met: string[] = []
  host.events.on('peerConnected', ({ peer }) => met.push(peer))

  // It may be gone again before the dial has ended.
  await foreign.dial(host.addresses()[0]!).catch(() => {})
  await eventually('they have met', () => met.includes(foreign.self))
  await eventually('they have parted', () => host.connections().length + foreign.connections().length === 0)

  await eventually('they have forgotten each other', () =>
    [host, foreign].every((each) => each.knownPeers().length === 0),
  )
})

test('a bootstrap peer of another network does not keep a host from its own', async () => {
  const foreign = await startHost({ networkId: 'feedf00d' })
  const own = await startHost()
  const host = await startHost({ bootstrap: [...foreign.addresses(), ...own.addresses()] })

  await eventually('it is connected to its own', () =>
    host.connections().some(({ peer }) => peer === own.self),
  )
  await eventually('it has let the other go', () => foreign.connections().length === 0)
  expect(own.knownPeers().map(({ peer }) => peer)).not.toContain(foreign.self)
})
