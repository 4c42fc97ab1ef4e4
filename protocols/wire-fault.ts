import { type Err, err } from '../src/base/result.ts'
import type { Blame } from '../src/consensus/rules.ts'

interface WireRule {
  readonly sentence: string
  /** what it means for the peer that broke it */
  readonly blame: Blame
}

/** What the protocols ask of a message, beyond the rules on the blocks and transactions in it: one code each. */
export const WIRE_RULES = {
  'message-malformed': {
    sentence:
      'A message is protobuf of its schema, each field of the size and form that the protocol states.',
    blame: 'ban',
  },
  'message-over-limit': {
    sentence: 'No message and no list in one is longer than the protocol allows.',
    blame: 'ban',
  },
  'message-not-canonical': {
    sentence: 'A gossiped message is the one shortest encoding of what it says, without unknown fields.',
    blame: 'none',
  },
  'message-kind-unknown': {
    sentence: 'A message says one of the things that this version of the protocol knows.',
    blame: 'none',
  },
  'genesis-different': {
    sentence: 'Both sides of a connection are of the same genesis.',
    blame: 'drop',
  },
  'version-unsupported': {
    sentence: 'Both sides of a connection speak a version that the other one knows.',
    blame: 'drop',
  },
  'answer-unasked': {
    sentence: 'An answer is of the kind, and for the hash, that was asked for.',
    blame: 'ban',
  },
  'headers-unlinked': {
    sentence: 'The headers of an answer follow one another, the first of them on a hash of the locator.',
    blame: 'ban',
  },
  'headers-changed': {
    sentence:
      'A chain of headers that is fetched a second time, before it is stored, is the same as the first time.',
    blame: 'drop',
  },
} as const satisfies Record<string, WireRule>

export type WireFaultCode = keyof typeof WIRE_RULES

/** A peer's breach of a protocol, as a value. */
export interface WireFault {
  readonly kind: 'wire'
  readonly code: WireFaultCode
  /** what the protocol asks for */
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

export function wireFault(
  code: WireFaultCode,
  details: Readonly<Record<string, unknown>> = {},
): Err<WireFault> {
  return err({ kind: 'wire', code, message: WIRE_RULES[code].sentence, details })
}

/** The blame on the peer that sent it. */
export const blameOnWire = (code: WireFaultCode): Blame => WIRE_RULES[code].blame
