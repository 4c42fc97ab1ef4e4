import { generateKey } from '@libp2p/pnet'
import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { LOOPBACK_TCP, LOOPBACK_WS, startHost } from '../support/network-host.ts'

const newKey = (): Uint8Array => {
  const key = new Uint8Array(95)
  generateKey(key)
  return key
}

it('hosts with the same pre-shared key meet over TCP and WebSockets; one without or with another is kept out', async () => {
  const preSharedKey = newKey()
  const listen = [LOOPBACK_TCP, LOOPBACK_WS]
  const first = await startHost({ listen, preSharedKey })
  const [tcp, ws] = first.addresses()
  const bootstrap = [ws!]
  const second = await startHost({ bootstrap: [tcp!], preSharedKey })
  const third = await startHost({ bootstrap, preSharedKey })
  const open = await startHost({ bootstrap })
  const other = await startHost({ bootstrap, preSharedKey: newKey() })

  await eventually('all that have it are connected to each other', () =>
    [first, second, third].every((host) => host.connections().length === 2),
  )
  for (const outsider of [open, other])
    await expect(outsider.dial(tcp!, { signal: AbortSignal.timeout(500) })).rejects.toThrow()
  expect(
    first
      .connections()
      .map(({ peer }) => peer)
      .sort(),
  ).toEqual([second.self, third.self].sort())
  expect([...open.connections(), ...other.connections()]).toEqual([])
})

it('a private network refuses to listen, begin or dial where its key would be bypassed', async () => {
  const preSharedKey = newKey()
  const peer = '/p2p/12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x'
  const refusal = { code: 'address-not-private', message: expect.stringContaining('TCP and WebSockets only') }
  const quic = '/ip4/127.0.0.1/udp/4001/quic-v1'
  await expect(startHost({ listen: [quic], preSharedKey })).rejects.toMatchObject(refusal)
  await expect(startHost({ bootstrap: [`${quic}${peer}`], preSharedKey })).rejects.toMatchObject(refusal)
  const host = await startHost({ preSharedKey })
  for (const address of [`${quic}/webtransport${peer}`, `/ip4/127.0.0.1/udp/4001/webrtc-direct${peer}`])
    await expect(host.dial(address)).rejects.toMatchObject(refusal)
})
