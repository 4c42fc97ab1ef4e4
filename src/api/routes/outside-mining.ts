import { fromHex, toHex } from '../../base/bytes.ts'
import type { BlockTemplate } from '../../ports/miner.ts'
import { decodeBlock } from '../../primitives/block.ts'
import { hashIdsBytes, toHashId } from '../../primitives/hash.ts'
import { encodeHeader } from '../../primitives/header.ts'
import { merkleBranch } from '../../primitives/merkle.ts'
import { encodeTransaction } from '../../primitives/transaction.ts'
import type { ApiContext, RegisterRoutes } from '../context.ts'
import { answerWithin } from '../deadline.ts'
import { BLOCK_BODY_LIMIT, VERDICT_TIMEOUT_MS } from '../limits.ts'
import {
  submitBlockBodySchema,
  submittedBlockSchema,
  templateQuerySchema,
  templateSchema,
} from '../mining-schemas.ts'
import { ApiProblem } from '../problem.ts'
import { requireScript } from '../script.ts'
import { bitsHex, blockRef } from '../views.ts'

/** Version, one input with its outpoint, and the length of its script: what stands before the script of a coinbase. */
const COINBASE_SCRIPT_OFFSET = 4 + 1 + 36 + 1

function templateView({ chain, mempool }: ApiContext['services'], template: BlockTemplate) {
  const { height, header, target, transactions, fees, extraNonce } = template
  const [coinbase, ...others] = transactions
  const txids = hashIdsBytes(transactions.map(({ txid }) => txid))
  const { version, previous, merkleRoot, time, bits } = header
  return {
    height,
    version,
    previous,
    merkleRoot,
    time,
    minTime: chain.entry(previous)!.medianTimePast + 1,
    bits: bitsHex(bits),
    target: target.toString(16).padStart(64, '0'),
    header: toHex(encodeHeader(header)),
    fees,
    coinbase: {
      hex: toHex(coinbase!.bytes),
      stripped: toHex(encodeTransaction(coinbase!, { witness: false })),
      extraNonce: { ...extraNonce, offset: COINBASE_SCRIPT_OFFSET + extraNonce.offset },
      branch: merkleBranch(txids, 0).map((digest) => toHashId(digest)),
    },
    transactions: others.map(({ txid, wtxid, weight, bytes }) => ({
      txid,
      wtxid,
      // Nothing was awaited since the template was made.
      fee: mempool.get(txid)!.fee,
      weight,
      hex: toHex(bytes),
    })),
  }
}

/** Work for miners that are no part of the node, and what they have found. */
export const registerOutsideMining: RegisterRoutes = (app, context) => {
  const { services } = context
  const { chain, miner } = services

  app.get(
    '/v1/mining/template',
    {
      schema: {
        summary: 'The next block but for its nonce',
        querystring: templateQuerySchema,
        response: { 200: templateSchema },
      },
    },
    async ({ query: { address } }) => templateView(services, miner.template(requireScript(chain, address))),
  )

  app.post(
    '/v1/mining/submit',
    {
      schema: {
        summary: 'Hand in a block that was mined elsewhere',
        body: submitBlockBodySchema,
        response: { 200: submittedBlockSchema },
      },
      bodyLimit: BLOCK_BODY_LIMIT,
    },
    async ({ body: { hex } }, reply) => {
      const block = decodeBlock(fromHex(hex)!)
      if (!block.ok)
        throw new ApiProblem(422, 'malformed', `these bytes are no block: ${block.error.message}`)
      const accepted = await answerWithin(context, reply, VERDICT_TIMEOUT_MS, () => miner.submit(block.value))
      if (!accepted.ok) {
        const { kind, code, message, details } = accepted.error
        throw new ApiProblem(422, code, message, { ...details, kind })
      }
      const { entry, isNew, connected } = accepted.value
      return { block: blockRef(entry), isNew, connected }
    },
  )
}
