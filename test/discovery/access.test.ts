import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { newHostState, startHost } from '../support/network-host.ts'

it('who is denied, by id or by address, neither gets in nor is dialled', async () => {
  const [state, otherState] = [await newHostState(), await newHostState()]
  const denied = await startHost({}, state)
  const other = await startHost({}, otherState)
  const byId = await startHost({ deny: [denied.self] })
  const byAddress = await startHost({ deny: ['127.0.0.0/8'] })

  await expect(byId.dial(denied.addresses()[0]!)).rejects.toMatchObject({ code: 'peer-denied' })
  await expect(byAddress.dial(other.addresses()[0]!)).rejects.toMatchObject({ code: 'peer-denied' })
  await denied.dial(byId.addresses()[0]!).catch(() => {})
  await denied.dial(byAddress.addresses()[0]!).catch(() => {})
  await eventually('the denied one is alone', () => denied.connections().length === 0)
  expect(byAddress.connections()).toEqual([])
  await other.dial(byId.addresses()[0]!)
  await eventually('another is let in', () => byId.connections().some(({ peer }) => peer === other.self))
})

it('where some are allowed, only those get in', async () => {
  const [friend, stranger] = [await startHost({ dht: 'off' }), await startHost({ dht: 'off' })]
  const host = await startHost({ dht: 'off', allow: [friend.self] })
  await stranger.dial(host.addresses()[0]!).catch(() => {})
  await friend.dial(host.addresses()[0]!)
  await eventually('only the friend is there', () => host.connections().length === 1)
  await eventually('the stranger is alone', () => stranger.connections().length === 0)
  expect(host.connections()[0]!.peer).toBe(friend.self)
})
