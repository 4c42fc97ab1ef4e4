import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { createApiNode } from '../support/api-node.ts'
import { createTestPeerControl, peerView } from '../support/peer-view.ts'
import { DEV } from '../support/test-chain.ts'

const PEER = '12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x' as PeerId
const OTHER = '12D3KooWGRUwJkXkYo5LrJZC1Ld7q5xeHhBrAv2UvPYPAFjqXGhM' as PeerId

describe('GET /v1/peers', () => {
  it('shows each connection, how it stands, and what the peer says of itself', async () => {
    const node = await createApiNode()
    const hello = { userAgent: 'cairn/1', tip: DEV.genesis.hash, height: 0, work: 255n }
    node.peers.push(
      peerView({ peer: PEER, inbound: true }),
      peerView({
        ...{
          peer: OTHER,
          inbound: false,
          hello,
          latencyMs: 3.5,
          score: -19.999,
          gossipScore: 1.234,
          blocks: 2,
          transactions: 7,
        },
        ...{ isAnchor: true, isProtected: true, isFeeler: false },
      }),
    )
    const address = '/ip4/127.0.0.1/tcp/1'
    const nothing = {
      latencyMs: null,
      score: 0,
      gossipScore: 0,
      protected: false,
      anchor: false,
      feeler: false,
      hello: null,
    }
    expect(await node.get('/v1/peers')).toEqual({
      status: 200,
      body: {
        peers: [
          {
            ...{ id: PEER, address, inbound: true, connectedAtMs: 1_000, ...nothing },
            brought: { blocks: 0, transactions: 0 },
          },
          {
            ...{
              id: OTHER,
              address,
              inbound: false,
              connectedAtMs: 1_000,
              latencyMs: 3.5,
              score: -20,
              gossipScore: 1.23,
            },
            ...{ protected: true, anchor: true, feeler: false, brought: { blocks: 2, transactions: 7 } },
            hello: { ...hello, work: 'ff' },
          },
        ],
      },
    })
    expect(await node.get('/v1/status')).toMatchObject({ body: { peers: { inbound: 1, outbound: 1 } } })
  })
})

describe('POST /v1/peers', () => {
  it('dials a multiaddr, and says who is there', async () => {
    const node = await createApiNode()
    const multiaddr = `/ip4/127.0.0.1/tcp/9470/p2p/${PEER}`
    expect(await node.post('/v1/peers', { multiaddr })).toEqual({ status: 200, body: { id: PEER } })
    expect(node.peerControl.dialled).toEqual([multiaddr])
  })

  it.for([
    ['address-malformed', 400],
    ['address-not-private', 422],
    ['peer-banned', 409],
    ['peer-denied', 409],
    ['dial-failed', 502],
  ] as const)('refuses as the node does: %s', async ([code, status]) => {
    const dial = () => Promise.reject(new CairnError(code, 'no'))
    const node = await createApiNode({ peerControl: { ...createTestPeerControl([]), dial } })
    expect(await node.post('/v1/peers', { multiaddr: '/ip4/1.2.3.4/tcp/1' })).toMatchObject({
      status,
      body: { code },
    })
  })
})

describe('DELETE /v1/peers/:id', () => {
  it('hangs up on a connected peer, and knows no other', async () => {
    const node = await createApiNode()
    node.peers.push(peerView({ peer: PEER }))
    expect(await node.delete(`/v1/peers/${PEER}`)).toEqual({ status: 200, body: { id: PEER } })
    expect(node.peers).toEqual([])
    expect(await node.delete(`/v1/peers/${PEER}`)).toMatchObject({
      status: 404,
      body: { code: 'peer-unknown' },
    })
    expect(await node.delete('/v1/peers/..')).toMatchObject({ status: expect.any(Number) })
  })
})

describe('bans', () => {
  it('are made with an end and a reason, listed, and taken back', async () => {
    const node = await createApiNode()
    node.peers.push(peerView({ peer: PEER }))
    const ban = { id: PEER, untilMs: node.clock.now() + 60_000, reason: 'floods' }
    expect(await node.post(`/v1/peers/${PEER}/ban`, { seconds: 60, reason: 'floods' })).toEqual({
      status: 200,
      body: ban,
    })
    expect(node.peers).toEqual([])
    expect(await node.get('/v1/bans')).toEqual({ status: 200, body: { bans: [ban] } })
    expect(await node.delete(`/v1/bans/${PEER}`)).toEqual({ status: 200, body: { id: PEER } })
    expect(await node.get('/v1/bans')).toEqual({ status: 200, body: { bans: [] } })
    expect(await node.delete(`/v1/bans/${PEER}`)).toMatchObject({
      status: 404,
      body: { code: 'ban-unknown' },
    })
  })

  it('last a day unless told', async () => {
    const node = await createApiNode()
    expect(await node.post(`/v1/peers/${PEER}/ban`, {})).toMatchObject({
      body: { untilMs: node.clock.now() + 86_400_000, reason: 'banned by the user' },
    })
  })

  it.for([
    ['x', {}],
    [PEER, { seconds: 0 }],
    [PEER, { seconds: 1e12 }],
    [PEER, { reason: '' }],
    [PEER, { reason: 'x'.repeat(201) }],
    [PEER, { for: '24h' }],
  ] as const)('are not made of what is no ban: %s %j', async ([id, body]) => {
    const node = await createApiNode()
    expect(await node.post(`/v1/peers/${id}/ban`, body)).toMatchObject({ status: 400 })
  })

  it('are not for the node itself', async () => {
    const node = await createApiNode({ peerId: PEER })
    expect(await node.post(`/v1/peers/${PEER}/ban`, {})).toMatchObject({
      status: 409,
      body: { code: 'peer-is-self' },
    })
  })
})
