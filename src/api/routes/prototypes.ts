import { CairnError, errorCode, errorMessage } from '../../base/errors.ts'
import { RULES } from '../../consensus/rules.ts'
import type { ChainEntry, ChainView } from '../../ports/chain.ts'
import type { AdmissionError } from '../../ports/mempool.ts'
import type { ApiContext, RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import {
  ANSWER_TIMEOUT_MS,
  GENERATE_PART_MS,
  RESOLVE_LOOK_MS,
  RESOLVE_QUIET_LOOKS,
  TRANSACTION_BODY_LIMIT,
} from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import {
  chainQuerySchema,
  minedSchema,
  mineQuerySchema,
  newTransactionBodySchema,
  newTransactionSchema,
  plainChainSchema,
  registerBodySchema,
  registeredSchema,
  resolvedSchema,
} from '../prototype-schemas.ts'
import { refusePruned } from '../pruned.ts'
import { requireScript } from '../script.ts'
import { submitTransaction } from '../submit.ts'

const FOR_OWNER = { access: 'token' } as const

async function plainBlock(chain: ChainView, entry: ChainEntry) {
  refusePruned(chain, entry, `the body of block ${entry.hash} at height ${entry.height}`)
  const block = await chain.block(entry.hash)
  if (block === undefined) throw new CairnError('block-missing', `block ${entry.hash} has no body`)
  return {
    index: entry.height,
    hash: entry.hash,
    previous_hash: entry.header.previous,
    timestamp: entry.header.time,
    transactions: block.transactions.map(({ txid }) => txid),
    proof: entry.header.nonce,
  }
}

/** As the prototypes did: a transaction whose signatures or scripts do not hold is forbidden. */
const isForgery = (error: AdmissionError): boolean =>
  error.kind === 'rule' && RULES[error.code].scope === 'witness'

/** The five routes of the prototypes. */
export const registerPrototypes: RegisterRoutes = (app, context) => {
  const { chain, miner, peerControl } = context.services

  app.get(
    '/mine',
    {
      config: FOR_OWNER,
      schema: { summary: 'Mine one block', querystring: mineQuerySchema, response: { 200: minedSchema } },
    },
    async ({ query }, reply) => {
      const address = query.address ?? miner.status().address
      if (address === undefined)
        throw new ApiProblem(
          409,
          'address-needed',
          'say who gets the reward: /mine?address=…, or start the node with --mine or --miner-address',
        )
      const script = requireScript(chain, address)
      return answerWithin(context, reply, GENERATE_PART_MS, async (signal) => {
        const [hash] = await miner.generate(1, script, signal)
        const block = await plainBlock(chain, chain.entry(hash!)!)
        return { message: 'New block mined', ...block }
      })
    },
  )

  app.post(
    '/transactions/new',
    {
      schema: {
        summary: 'Submit a signed transaction',
        body: newTransactionBodySchema,
        response: { 201: newTransactionSchema },
      },
      bodyLimit: TRANSACTION_BODY_LIMIT,
    },
    async ({ body: { hex } }, reply) => {
      const { txid } = await submitTransaction(context, reply, hex, (error) => (isForgery(error) ? 403 : 422))
      const index = chain.tip().height + 1
      return reply
        .code(201)
        .send({ message: `Transaction will be added to block ${index} or a later one`, txid })
    },
  )

  app.get(
    '/chain',
    {
      schema: {
        summary: 'The chain, in pages',
        querystring: chainQuerySchema,
        response: { 200: plainChainSchema },
      },
    },
    async ({ query: { from, limit } }, reply) =>
      answerWithin(context, reply, ANSWER_TIMEOUT_MS, async (signal) => {
        const length = chain.tip().height + 1
        const first = from ?? Math.max(0, length - limit)
        const blocks = []
        for (let index = first; index < Math.min(length, first + limit); index++) {
          signal.throwIfAborted()
          const entry = chain.entryAt(index)
          if (entry !== undefined) blocks.push(await plainBlock(chain, entry))
        }
        const next = first + limit
        return { length, chain: blocks, next: next < length ? next : null }
      }),
  )

  app.post(
    '/nodes/register',
    {
      schema: { summary: 'Connect to nodes', body: registerBodySchema, response: { 201: registeredSchema } },
    },
    async ({ body: { nodes } }, reply) => {
      const outcomes = await answerWithin(context, reply, ANSWER_TIMEOUT_MS, (signal) =>
        Promise.allSettled(nodes.map((node) => peerControl.dial(node, { signal }))),
      )
      const failed = outcomes.flatMap((outcome, i) =>
        outcome.status === 'fulfilled'
          ? []
          : [
              {
                node: nodes[i]!,
                code: errorCode(outcome.reason) ?? 'dial-failed',
                detail: errorMessage(outcome.reason),
              },
            ],
      )
      if (failed.length === nodes.length)
        throw new ApiProblem(422, failed[0]!.code, failed[0]!.detail, { failed })
      return reply.code(201).send({
        message: failed.length === 0 ? 'New nodes have been added' : 'Some nodes have been added',
        total_nodes: context.services.peers().map(({ address }) => address),
        failed,
      })
    },
  )

  app.get(
    '/nodes/resolve',
    {
      config: FOR_OWNER,
      schema: { summary: 'Ask all peers for a better chain', response: { 200: resolvedSchema } },
    },
    async (_request, reply) =>
      answerWithin(context, reply, ANSWER_TIMEOUT_MS, async (signal) => {
        const before = chain.tip()
        await resolve(context, signal)
        const tip = chain.tip()
        const replaced = tip.hash !== before.hash
        return {
          message: replaced ? 'Our chain was replaced' : 'Our chain is authoritative',
          replaced,
          length: tip.height + 1,
          tip: tip.hash,
        }
      }),
  )
}

/** Asks all peers what they have, and waits until nothing of it is missing. The chain with the most work wins, as always. */
async function resolve({ services, clock }: ApiContext, signal: AbortSignal): Promise<void> {
  services.askPeers()
  for (let quiet = 0; quiet < RESOLVE_QUIET_LOOKS; ) {
    await clock.sleep(RESOLVE_LOOK_MS, signal)
    quiet = services.sync().phase === 'idle' ? quiet + 1 : 0
  }
}
