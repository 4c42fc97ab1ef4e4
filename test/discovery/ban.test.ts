import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { newHostState, startHost } from '../support/network-host.ts'

const HOUR_MS = 3_600_000

test('a banned peer is hung up on, refused when it dials, and not dialled', async () => {
  const host = await startHost()
  const peer = await startHost({ bootstrap: host.addresses() })
  await eventually('they are connected', () => host.connections().length === 1)

  await host.ban(peer.self, Date.now() + HOUR_MS, 'test')

  await eventually('they are parted', () => host.connections().length + peer.connections().length === 0)
  await expect(host.dial(peer.addresses()[0]!)).rejects.toMatchObject({ code: 'peer-banned' })
  // Over an address that does not name the peer, it shows itself only when the connection is encrypted.
  const unnamed = peer.addresses()[0]!.replace(/\/p2p\/.*/, '')
  await expect(host.dial(unnamed)).rejects.toMatchObject({ code: 'dial-failed' })
  await peer.dial(host.addresses()[0]!).catch(() => {})
  await eventually('it is refused', () => peer.connections().length === 0)
  expect(host.connections()).toEqual([])
  expect(host.knownPeers()).toEqual([])
})

test('a ban holds across a restart, until it ends', async () => {
  const state = await newHostState()
  const before = await startHost({}, state)
  const peer = await startHost()
  const until = Date.now() + HOUR_MS
  await before.ban(peer.self, until, 'test')
  await before.stop()

  const after = await startHost({}, state)
  expect(after.bans()).toEqual([{ peer: peer.self, until, reason: 'test' }])
  await peer.dial(after.addresses()[0]!).catch(() => {})
  await eventually('it is refused', () => peer.connections().length === 0)
  expect(after.connections()).toEqual([])
})

test('a peer whose ban has ended may come again', async () => {
  const host = await startHost()
  const peer = await startHost()
  const until = Date.now() + 200
  await host.ban(peer.self, until, 'test')
  await expect(host.dial(peer.addresses()[0]!)).rejects.toMatchObject({ code: 'peer-banned' })

  await eventually('the ban has ended', () => Date.now() > until)
  await peer.dial(host.addresses()[0]!)
  await eventually('they are connected', () => host.connections().length === 1)
})

test('a peer that was hung up on is not dialled again at once', async () => {
  const host = await startHost({ dht: 'off' })
  const peer = await startHost({ dht: 'off' })
  await host.dial(peer.addresses()[0]!)
  await eventually('it is known', () => host.knownPeers().length === 1)
  let dials = 0
  peer.events.on('peerConnected', () => (dials += 1))

  await host.disconnect(peer.self, 'test')
  await eventually('they are parted', () => peer.connections().length === 0)
  // Twice the longest pause between two looks of the dial loop.
  await delay(1_000)

  expect(dials).toBe(0)
})
