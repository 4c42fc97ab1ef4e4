import type { BlockHash } from '../../src/primitives/hash.ts'
import { type Adversary, ending, withIntruder } from './adversary.ts'

export const FOREIGNER: readonly Adversary[] = [
  {
    name: 'another genesis',
    does: 'speaks our protocols and says hello with another genesis hash',
    expected: 'dropped',
    attack: (victim) =>
      withIntruder(victim, { hello: { genesis: 'ab'.repeat(32) as BlockHash } }, (intruder) =>
        ending(victim, intruder),
      ),
  },
  {
    name: 'another network',
    does: 'answers identify and ping under the id of another network',
    expected: 'dropped',
    attack: (victim) =>
      withIntruder(victim, { hello: false, protocolPrefix: 'cairn/0badc0de' }, (intruder) =>
        ending(victim, intruder),
      ),
  },
]
