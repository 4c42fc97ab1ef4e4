import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import document from '../../src/api/gen/openapi.json' with { type: 'json' }
import { toHex } from '../../src/base/bytes.ts'
import { CairnError } from '../../src/base/errors.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { API_TOKEN, addressOf, createApiNode } from '../support/api-node.ts'
import { pay, testKey } from '../support/key.ts'
import { peerView } from '../support/peer-view.ts'
import { type KnownValues, type RequestSchema, schemaArbitrary } from '../support/schema-arbitrary.ts'
import { coinbaseInput, MINER } from '../support/test-chain.ts'

const RUNS_EACH = 25

const ALICE = testKey('alice')
const PEER = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp' as PeerId
const BANNED = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo' as PeerId

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]
type Contents = Readonly<Record<string, { readonly schema: JsonSchema }>>

interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly required: boolean
    readonly schema: RequestSchema
  }[]
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: RequestSchema } }
  }
  readonly responses: Readonly<Record<string, { readonly content?: Contents }>>
}

/** Refusals that are no fault of the node: another moment, another peer. */
const FAILURES_TOLD: Readonly<Record<number, readonly string[]>> = {
  502: ['dial-failed'],
  503: ['timeout', 'stopping', 'chain-moving', 'too-many-listeners'],
}

const problemSchema = z.fromJSONSchema(document.components.schemas.Problem as JsonSchema)

const operations = Object.entries(document.paths)
  // They answer for as long as somebody listens.
  .filter(([path]) => !path.startsWith('/v1/events'))
  .flatMap(([path, methods]) =>
    Object.entries(methods as unknown as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as 'GET' | 'POST' | 'DELETE',
      operation,
    })),
  )

interface Request {
  readonly url: string
  readonly payload: string | undefined
  readonly type: string
  readonly token: string
}

const anyText = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 20 }))

/** What the document allows, mostly; else what it does not. */
function requestArbitrary(path: string, operation: Operation, known: KnownValues): fc.Arbitrary<Request> {
  const { parameters = [], requestBody } = operation
  const values = fc.record(
    Object.fromEntries(
      parameters.map(({ name, schema, in: where }) => {
        const text = fc.oneof(
          { arbitrary: schemaArbitrary(schema, known, name).map(String), weight: 12 },
          { arbitrary: anyText.filter((any) => any !== '' || where === 'query'), weight: 1 },
        )
        return [name, text]
      }),
    ),
    { requiredKeys: parameters.filter(({ in: where }) => where === 'path').map(({ name }) => name) },
  )
  const bodySchema = requestBody?.content['application/json'].schema
  const payload =
    bodySchema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { arbitrary: schemaArbitrary(bodySchema, known).map((body) => JSON.stringify(body)), weight: 6 },
          { arbitrary: fc.jsonValue().map((body) => JSON.stringify(body)), weight: 1 },
          { arbitrary: anyText, weight: 1 },
          { arbitrary: fc.constant(undefined), weight: 1 },
        )
  return fc.record({
    url: fc
      .tuple(
        values,
        fc.oneof({ arbitrary: fc.constant(null), weight: 10 }, { arbitrary: anyText, weight: 1 }),
      )
      .map(([given, extra]) => {
        const url = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
          encodeURIComponent(given[name]!.toWellFormed()),
        )
        const query = new URLSearchParams()
        for (const { name, in: where } of parameters)
          if (where === 'query' && given[name] !== undefined) query.set(name, given[name])
        if (extra !== null) query.set('extra', extra)
        return query.size === 0 ? url : `${url}?${query}`
      }),
    payload,
    type: fc.oneof(
      { arbitrary: fc.constant('application/json'), weight: 12 },
      { arbitrary: fc.constantFrom('text/plain', 'application/x-www-form-urlencoded', 'x'), weight: 1 },
    ),
    token: fc.oneof(
      { arbitrary: fc.constant(API_TOKEN), weight: 12 },
      { arbitrary: fc.constant('wrong'), weight: 1 },
    ),
  })
}

async function busyNode() {
  const node = await createApiNode({}, {}, { ...systemClock, sleep: async () => {}, after: () => () => {} })
  const blocks = await node.mineMany(15)
  const spend = (index: number, fee: number) => {
    const input = coinbaseInput(blocks[index]!)
    return pay([input], [{ value: input.coin.value - fee, scriptPubKey: ALICE.scriptPubKey }])
  }
  const confirmed = spend(0, 1_000)
  const tip = await node.mine({ transactions: [confirmed], fees: 1_000 })
  const [pending, other, poor] = [spend(1, 1_000), spend(2, 1_000), spend(3, 1)]
  await node.mempool.accept(pending)
  node.peerControl.dial = async (address) => {
    if (!address.startsWith('/ip4/')) throw new CairnError('address-malformed', 'this is no multiaddr')
    if (!address.endsWith(PEER)) throw new CairnError('dial-failed', 'nobody answers')
    return PEER
  }
  node.peers.push(peerView({ peer: PEER }))
  await node.peerControl.ban(BANNED, 2 ** 45, 'for the test')
  const run = node.services.startedAt.toString(36)
  const side = node.build({ scriptPubKey: ALICE.scriptPubKey }, node.chain.entryAt(15)!)
  const addresses = [addressOf(ALICE), addressOf(MINER), addressOf(testKey('nobody'))]
  const known: KnownValues = {
    address: addresses,
    addresses,
    txid: [confirmed.txid, pending.txid, other.txid],
    hash: [tip.hash, blocks[12]!.hash, node.chain.genesis.hash],
    hashOrHeight: [tip.hash, blocks[3]!.hash, '0', '3', '16', '17'],
    from: ['0', '7', '16', '4294967296'],
    limit: ['1', '2', '20', 1, 2, 20],
    hex: [pending, other, poor, side].map(({ bytes }) => toHex(bytes)),
    blocks: [1, 2],
    id: [PEER, BANNED],
    before: ['10-0', '16-1'],
    multiaddr: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`, '/ip4/127.0.0.1/tcp/1', 'nonsense'],
    nodes: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`, '/ip4/127.0.0.1/tcp/1', 'nonsense'],
  }
  const coinCursors = [`p-${run}-0-0`, `c-0-${confirmed.txid}-0`]
  return { ...node, known, coinCursors, entryCursors: [`${run}-0`, `${run}-1`] }
}

it('every request is answered as the document says, whatever is asked', { timeout: 60_000 }, async () => {
  const seen = new Map<string, Set<number>>()
  for (const { path, method, operation } of operations) {
    const { app, faults, coinCursors, entryCursors, ...node } = await busyNode()
    const known = { ...node.known, after: path.includes('mempool') ? entryCursors : coinCursors }
    const name = `${method} ${path}`
    const statuses = new Set<number>()
    seen.set(name, statuses)
    const schemas = new Map(
      Object.entries(operation.responses).map(([status, { content = {} }]) => [
        status,
        z.fromJSONSchema(content['application/json']?.schema ?? {}),
      ]),
    )
    await fc.assert(
      fc.asyncProperty(requestArbitrary(path, operation, known), async ({ url, payload, type, token }) => {
        const answer = await app.inject({
          method,
          url,
          headers: {
            host: '127.0.0.1:29472',
            authorization: `Bearer ${token}`,
            ...(payload === undefined ? {} : { 'content-type': type }),
          },
          ...(payload === undefined ? {} : { payload }),
        })
        const { statusCode, headers, body } = answer
        statuses.add(statusCode)
        const stated = String(headers['content-type']).split(';')[0]!
        if (stated === 'application/problem+json') {
          const problem = problemSchema.parse(JSON.parse(body)) as { status: number; code: string }
          expect(problem.status).toBe(statusCode)
          expect(statusCode).toBeGreaterThanOrEqual(400)
          if (statusCode >= 500) expect(FAILURES_TOLD[statusCode]).toContain(problem.code)
          return
        }
        const documented = operation.responses[statusCode]
        expect(documented?.content, `${statusCode} of ${name}`).toHaveProperty([stated])
        if (stated === 'application/json') schemas.get(String(statusCode))!.parse(JSON.parse(body))
      }),
      { numRuns: RUNS_EACH, seed: 5 },
    )
    expect(faults, name).toEqual([])
  }
  // Whatever can be answered was answered well at least once.
  const unanswered = [...seen].filter(([, statuses]) => ![...statuses].some((status) => status < 300))
  expect(unanswered.map(([name]) => name)).toEqual([])
})
