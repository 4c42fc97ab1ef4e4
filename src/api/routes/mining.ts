import type { ChainEntry } from '../../ports/chain.ts'
import type { ApiContext, RegisterRoutes } from '../context.ts'
import { clientGone } from '../deadline.ts'
import { GENERATE_PART_MS } from '../limits.ts'
import { ApiProblem } from '../problem.ts'
import { generateBodySchema, generatedSchema, miningSchema, miningStartBodySchema } from '../schemas.ts'
import { requireScript } from '../script.ts'
import { blockRef } from '../views.ts'

export const registerMining: RegisterRoutes = (app, context) => {
  const { chain, miner } = context.services
  const view = () => {
    const { address, ...status } = miner.status()
    return { ...status, address: address ?? null }
  }

  app.get(
    '/v1/mining',
    { schema: { summary: 'The state of the miner', response: { 200: miningSchema } } },
    async () => view(),
  )

  app.post(
    '/v1/mining/start',
    {
      schema: {
        summary: 'Mine from now on, to an address',
        body: miningStartBodySchema,
        response: { 200: miningSchema },
      },
    },
    async ({ body: { address } }) => {
      miner.start(requireScript(chain, address), address)
      return view()
    },
  )

  app.post(
    '/v1/mining/stop',
    { schema: { summary: 'Stop mining', response: { 200: miningSchema } } },
    async () => {
      await miner.stop()
      return view()
    },
  )

  let generating = false
  app.post(
    '/v1/mining/generate',
    {
      schema: {
        summary: 'Mine a number of blocks',
        body: generateBodySchema,
        response: { 200: generatedSchema },
      },
    },
    async ({ body: { address, blocks } }, reply) => {
      const script = requireScript(chain, address)
      if (generating)
        throw new ApiProblem(409, 'already-generating', 'the node already mines blocks for another request')
      generating = true
      try {
        return { blocks: (await generate(context, script, blocks, clientGone(reply))).map(blockRef) }
      } finally {
        generating = false
      }
    },
  )
}

/** Up to `count` blocks: as many as are found before the time of one request is over or nobody waits any more. */
async function generate(
  { services: { chain, miner }, clock, stopping }: ApiContext,
  script: Uint8Array,
  count: number,
  gone: AbortSignal,
): Promise<ChainEntry[]> {
  const timeOver = new AbortController()
  const cancelTimer = clock.after(GENERATE_PART_MS, () => timeOver.abort())
  const signal = AbortSignal.any([gone, stopping, timeOver.signal])
  const found: ChainEntry[] = []
  try {
    while (found.length < count && !signal.aborted) {
      const [hash] = await miner.generate(1, script, signal)
      const entry = hash === undefined ? undefined : chain.entry(hash)
      if (entry !== undefined) found.push(entry)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    cancelTimer()
  }
  return found
}
