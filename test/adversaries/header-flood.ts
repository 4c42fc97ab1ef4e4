import { setTimeout as delay } from 'node:timers/promises'
import { decodeRequest, encodeResponse } from '../../protocols/sync/codec.ts'
import { MAX_HEADERS, syncProtocol } from '../../protocols/sync/protocol.ts'
import { type BlockHeader, makeHeader } from '../../src/primitives/header.ts'
import { hashValue, targetOfBits } from '../../src/primitives/target.ts'
import { DEV } from '../support/test-chain.ts'
import { type Adversary, ending, withIntruder } from './adversary.ts'
import { onFrame, sendFrame } from './intruder.ts'
import { FALSE_TIP } from './silence.ts'

const FLOOD_MS = 6_000
const TARGET = targetOfBits(DEV.limitBits)!

/** The next header on a chain of nothing but headers. */
function nextHeader(parent: BlockHeader): BlockHeader {
  for (let nonce = 0; ; nonce++) {
    const header = makeHeader({ ...DEV.genesis.header, previous: parent.hash, time: parent.time + 1, nonce })
    if (hashValue(header.hash) <= TARGET) return header
  }
}

/** Answers each question for headers with 2,000 more on its own chain, which nobody has mined bodies for. */
export const HEADER_FLOOD: readonly Adversary[] = [
  {
    name: 'headers flood',
    does: 'claims huge work, then 2,000 cheap headers an answer on a branch from genesis, and no bodies',
    expected: 'dropped',
    attack(victim) {
      let last = DEV.genesis.header
      let isFlooding = true
      const serve = (stream: Parameters<typeof onFrame>[0]): void =>
        onFrame(stream, (frame) => {
          const request = decodeRequest(frame)
          if (!request.ok || !isFlooding) return
          if (request.value.kind === 'get-blocks') return
          const headers = Array.from({ length: MAX_HEADERS }, () => {
            last = nextHeader(last)
            return last
          })
          sendFrame(stream, encodeResponse({ kind: 'headers', headers }))
        })
      return withIntruder(
        victim,
        { hello: FALSE_TIP, serve: { [syncProtocol(DEV)]: serve } },
        async (intruder) => {
          await delay(FLOOD_MS)
          isFlooding = false
          return ending(victim, intruder)
        },
      )
    },
  },
]
