import type { FastifyReply } from 'fastify'
import type { ApiContext } from './context.ts'
import { ApiProblem } from './problem.ts'

/**
 * Aborts when the client has hung up, or has its answer.
 *
 * Fastify's own `request.signal` and `handlerTimeout` are of no use here: in 5.12 a POST with a body aborts the one and
 * disarms the other as soon as its body has been read (fastify#6725).
 */
export function clientGone({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController()
  const onClose = () => gone.abort(new ApiProblem(499, 'client-gone', 'the client has hung up'))
  if (raw.destroyed) onClose()
  else raw.once('close', onClose)
  return gone.signal
}

/**
 * Works on an answer for at most `ms`, and no longer than somebody waits for it: `signal` aborts when the time is over,
 * the client has hung up, or the API stops.
 */
export async function answerWithin<T>(
  { clock, stopping }: Pick<ApiContext, 'clock' | 'stopping'>,
  reply: Pick<FastifyReply, 'raw'>,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeOver = new AbortController()
  const cancelTimer = clock.after(ms, () =>
    timeOver.abort(new ApiProblem(503, 'timeout', 'the answer was not ready in time')),
  )
  const signal = AbortSignal.any([clientGone(reply), stopping, timeOver.signal])
  try {
    return await Promise.race([work(signal), aborted(signal)])
  } finally {
    cancelTimer()
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
