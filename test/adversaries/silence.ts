import { helloProtocol } from '../../protocols/hello/protocol.ts'
import { encodeResponse } from '../../protocols/sync/codec.ts'
import { syncProtocol } from '../../protocols/sync/protocol.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { eventually } from '../support/eventually.ts'
import { DEV } from '../support/test-chain.ts'
import { type Adversary, ending, fateNow, type Outcome, withIntruder } from './adversary.ts'
import { onFrame, sendFrame } from './intruder.ts'

const SYNC = syncProtocol(DEV)
/** Nobody has it. */
export const FALSE_TIP = { tip: 'fe'.repeat(32) as BlockHash, height: 1_000_000, work: 1n << 200n }

export const SILENCE: readonly Adversary[] = [
  {
    name: 'never says hello',
    does: 'is identified, opens the hello stream, says nothing and answers no hello',
    expected: 'dropped',
    attack: (victim) =>
      withIntruder(
        victim,
        { hello: false, serve: { [helloProtocol(DEV)]: (stream) => onFrame(stream, () => {}) } },
        (intruder) => ending(victim, intruder),
      ),
  },
  {
    name: 'never answers sync',
    does: 'claims a better tip, takes requests for headers and never answers one',
    expected: 'dropped',
    attack: (victim) =>
      withIntruder(
        victim,
        { hello: FALSE_TIP, serve: { [SYNC]: (stream) => onFrame(stream, () => {}) } },
        (intruder) => ending(victim, intruder),
      ),
  },
  {
    name: 'false tip',
    does: 'claims a tip of huge work, answers that it has no headers',
    expected: 'kept',
    attack: (victim) => {
      let asked = 0
      const answer = encodeResponse({ kind: 'headers', headers: [] })
      return withIntruder(
        victim,
        {
          hello: FALSE_TIP,
          serve: {
            [SYNC]: (stream) =>
              onFrame(stream, () => {
                asked += 1
                sendFrame(stream, answer)
              }),
          },
        },
        async (intruder): Promise<Outcome> => {
          await eventually('it is asked', () => asked > 0)
          return fateNow(victim, intruder)
        },
      )
    },
  },
]
