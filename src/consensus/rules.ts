import { type Err, err } from '../base/result.ts'
import type { ScriptErrorCode } from '../script/verdict.ts'

/**
 * What breaking a rule means for the peer that sent it: nothing (it may be right later, or elsewhere), hang up, or
 * hang up and refuse for a time.
 */
export type Blame = 'none' | 'drop' | 'ban'

export interface Rule {
  readonly scope: 'message' | 'header' | 'block' | 'transaction' | 'witness'
  readonly sentence: string
  /** BIP, CVE or Bitcoin Core's name for the rule */
  readonly source: string
  readonly blame: Blame
  /**
   * Whether the verdict on a loose transaction depends on the chain that it is held against. Such a transaction is
   * ignored rather than blamed; in a block the rule is blamed as it stands.
   */
  readonly contextual?: true
}

/** Every rule of the network: one code each. */
export const RULES = {
  malformed: {
    scope: 'message',
    sentence: 'The bytes decode to a value of the format, with nothing left over.',
    source: 'BIP144',
    blame: 'ban',
  },

  'parent-unknown': {
    scope: 'header',
    sentence: 'The parent of a header is known before the header is judged.',
    source: 'prev-blk-not-found',
    blame: 'none',
  },
  'parent-invalid': {
    scope: 'header',
    sentence: 'No block descends from an invalid one.',
    source: 'bad-prevblk',
    blame: 'ban',
  },
  'block-known-invalid': {
    scope: 'header',
    sentence: 'A block that was found invalid before stays invalid.',
    source: 'duplicate-invalid',
    blame: 'ban',
  },
  'target-out-of-range': {
    scope: 'header',
    sentence: "The compact target is positive and at most the network's limit.",
    source: 'high-hash',
    blame: 'ban',
  },
  'proof-of-work-insufficient': {
    scope: 'header',
    sentence: "The header's hash, as a number, is at most its target.",
    source: 'high-hash',
    blame: 'ban',
  },
  'difficulty-wrong': {
    scope: 'header',
    sentence: "The target is the one that the network's schedule asks for at this height and time.",
    source: 'bad-diffbits, aserti3-2d',
    blame: 'ban',
  },
  'time-too-old': {
    scope: 'header',
    sentence: "A header's time is greater than the median of the last 11.",
    source: 'time-too-old, BIP113',
    blame: 'ban',
  },
  'time-too-new': {
    scope: 'header',
    sentence:
      "A header's time is at most `futureLimit` seconds ahead of the node's own clock; until then it waits.",
    source: 'time-too-new',
    blame: 'drop',
  },

  'block-without-transactions': {
    scope: 'block',
    sentence: 'A block holds at least one transaction.',
    source: 'bad-blk-length',
    blame: 'ban',
  },
  'block-weight-exceeded': {
    scope: 'block',
    sentence: "A block's weight is at most 4,000,000.",
    source: 'bad-blk-weight, BIP141',
    blame: 'ban',
  },
  'merkle-root-mismatch': {
    scope: 'block',
    sentence: "The header's merkle root is that of the transactions' txids.",
    source: 'bad-txnmrklroot',
    blame: 'ban',
  },
  'merkle-tree-mutated': {
    scope: 'block',
    sentence: 'No transactions are repeated in a way that leaves the merkle root as it is.',
    source: 'bad-txns-duplicate, CVE-2012-2459',
    blame: 'ban',
  },
  'coinbase-missing': {
    scope: 'block',
    sentence: 'The first transaction of a block is a coinbase.',
    source: 'bad-cb-missing',
    blame: 'ban',
  },
  'coinbase-repeated': {
    scope: 'block',
    sentence: 'Only the first transaction of a block is a coinbase.',
    source: 'bad-cb-multiple',
    blame: 'ban',
  },
  'coinbase-height-wrong': {
    scope: 'block',
    sentence: "The coinbase's script begins with the block's height, minimally pushed.",
    source: 'bad-cb-height, BIP34',
    blame: 'ban',
  },
  'coinbase-value-exceeded': {
    scope: 'block',
    sentence: 'A coinbase pays at most the subsidy of its height and the fees of its block.',
    source: 'bad-cb-amount',
    blame: 'ban',
  },
  'witness-commitment-mismatch': {
    scope: 'block',
    sentence: "The coinbase's witness commitment is that of the transactions' wtxids.",
    source: 'bad-witness-merkle-match, BIP141',
    blame: 'ban',
  },
  'witness-reserved-value-wrong': {
    scope: 'block',
    sentence: "With a commitment, the coinbase's witness is one item of 32 bytes.",
    source: 'bad-witness-nonce-size, BIP141',
    blame: 'ban',
  },
  'witness-unexpected': {
    scope: 'block',
    sentence: 'A block without a witness commitment has no witness.',
    source: 'unexpected-witness, BIP141',
    blame: 'ban',
  },
  'signature-operations-exceeded': {
    scope: 'block',
    sentence: "A block's signature-operation cost is at most 80,000.",
    source: 'bad-blk-sigops, BIP141',
    blame: 'ban',
  },
  'fees-out-of-range': {
    scope: 'block',
    sentence: "The sum of a block's fees is in the range of money.",
    source: 'bad-txns-accumulated-fee-outofrange',
    blame: 'ban',
  },

  'transaction-version-unknown': {
    scope: 'transaction',
    sentence: "A transaction's version is 2; others are reserved.",
    source: 'Cairn',
    blame: 'ban',
  },
  'outputs-empty': {
    scope: 'transaction',
    sentence: 'A transaction has at least one output.',
    source: 'bad-txns-vout-empty',
    blame: 'ban',
  },
  'transaction-weight-exceeded': {
    scope: 'transaction',
    sentence:
      'A transaction without its witness would fit a block: four times its size is at most 4,000,000.',
    source: 'bad-txns-oversize',
    blame: 'ban',
  },
  'output-value-out-of-range': {
    scope: 'transaction',
    sentence: 'Each output is from 0 to MAX_MONEY.',
    source: 'bad-txns-vout-toolarge',
    blame: 'ban',
  },
  'output-total-out-of-range': {
    scope: 'transaction',
    sentence: 'The sum of the outputs is at most MAX_MONEY.',
    source: 'bad-txns-txouttotal-toolarge, CVE-2010-5139',
    blame: 'ban',
  },
  'output-script-unknown': {
    scope: 'transaction',
    sentence: 'An output is P2WPKH, P2WSH or OP_RETURN; other scripts are reserved.',
    source: 'Cairn',
    blame: 'ban',
  },
  'input-repeated': {
    scope: 'transaction',
    sentence: 'No two inputs of a transaction spend the same output.',
    source: 'bad-txns-inputs-duplicate, CVE-2018-17144',
    blame: 'ban',
  },
  'coinbase-script-size': {
    scope: 'transaction',
    sentence: "A coinbase's script has from 2 to 100 bytes.",
    source: 'bad-cb-length',
    blame: 'ban',
  },
  'prevout-null': {
    scope: 'transaction',
    sentence: 'Only a coinbase has an input without a previous output.',
    source: 'bad-txns-prevout-null',
    blame: 'ban',
  },
  'script-sig-not-empty': {
    scope: 'transaction',
    sentence: "An input's scriptSig is empty, except in the coinbase.",
    source: 'BIP141, Cairn',
    blame: 'ban',
  },
  'coinbase-loose': {
    scope: 'transaction',
    sentence: 'A coinbase exists only in a block.',
    source: 'coinbase',
    blame: 'ban',
  },
  'transaction-not-final': {
    scope: 'transaction',
    sentence: "The lock time has passed, by height or by the parent's median time.",
    source: 'bad-txns-nonfinal, BIP113',
    blame: 'ban',
    contextual: true,
  },
  'sequence-lock-unmet': {
    scope: 'transaction',
    sentence: 'Each relative lock has passed since its coin was made.',
    source: 'bad-txns-nonfinal, BIP68',
    blame: 'ban',
    contextual: true,
  },
  'input-missing-or-spent': {
    scope: 'transaction',
    sentence: 'Each input spends an output that exists and that nothing has spent before.',
    source: 'bad-txns-inputs-missingorspent',
    blame: 'ban',
    contextual: true,
  },
  'coinbase-immature': {
    scope: 'transaction',
    sentence: "A coinbase is spent no sooner than the network's maturity, in blocks, after it was mined.",
    source: 'bad-txns-premature-spend-of-coinbase',
    blame: 'ban',
    contextual: true,
  },
  'input-total-out-of-range': {
    scope: 'transaction',
    sentence: 'Each input and their sum are in the range of money.',
    source: 'bad-txns-inputvalues-outofrange',
    blame: 'ban',
  },
  'outputs-exceed-inputs': {
    scope: 'transaction',
    sentence: 'The outputs are worth at most as much as the inputs.',
    source: 'bad-txns-in-belowout',
    blame: 'ban',
  },

  'witness-stack-size-wrong': {
    scope: 'witness',
    sentence: 'A P2WPKH input has a witness of exactly a signature and a public key.',
    source: 'BIP141',
    blame: 'ban',
  },
  'witness-script-missing': {
    scope: 'witness',
    sentence: 'A P2WSH input has a witness, which ends with a script.',
    source: 'BIP141, WITNESS_PROGRAM_WITNESS_EMPTY',
    blame: 'ban',
  },
  'witness-program-mismatch': {
    scope: 'witness',
    sentence: 'The public key or script in the witness hashes to the program in the output.',
    source: 'BIP141',
    blame: 'ban',
  },
  'script-size-exceeded': {
    scope: 'witness',
    sentence: 'A script has at most 10,000 bytes.',
    source: 'BIP141, SCRIPT_SIZE',
    blame: 'ban',
  },
  'script-item-size-exceeded': {
    scope: 'witness',
    sentence: 'What a script finds on its stack or pushes has at most 520 bytes.',
    source: 'BIP141, PUSH_SIZE',
    blame: 'ban',
  },
  'script-operations-exceeded': {
    scope: 'witness',
    sentence: 'A script holds at most 201 operations; each key of a multisig counts as one.',
    source: 'BIP141, OP_COUNT',
    blame: 'ban',
  },
  'script-stack-exceeded': {
    scope: 'witness',
    sentence: 'The stacks of a script never hold more than 1,000 items.',
    source: 'BIP141, STACK_SIZE',
    blame: 'ban',
  },
  'opcode-invalid': {
    scope: 'witness',
    sentence: 'A script executes only opcodes that have a meaning, and its pushes end inside it.',
    source: 'BAD_OPCODE',
    blame: 'ban',
  },
  'opcode-disabled': {
    scope: 'witness',
    sentence: 'A script does not hold disabled opcodes, even unexecuted.',
    source: 'DISABLED_OPCODE, CVE-2010-5137',
    blame: 'ban',
  },
  'conditional-unbalanced': {
    scope: 'witness',
    sentence: 'Each OP_IF and OP_NOTIF has an OP_ENDIF, and no OP_ELSE or OP_ENDIF stands alone.',
    source: 'UNBALANCED_CONDITIONAL',
    blame: 'ban',
  },
  'condition-not-minimal': {
    scope: 'witness',
    sentence: 'The condition of OP_IF and OP_NOTIF is empty or the byte 1.',
    source: 'MINIMALIF',
    blame: 'ban',
  },
  'stack-too-short': {
    scope: 'witness',
    sentence: 'An operation finds as many items as it takes.',
    source: 'INVALID_STACK_OPERATION',
    blame: 'ban',
  },
  'alternate-stack-empty': {
    scope: 'witness',
    sentence: 'OP_FROMALTSTACK finds an item.',
    source: 'INVALID_ALTSTACK_OPERATION',
    blame: 'ban',
  },
  'script-number-too-long': {
    scope: 'witness',
    sentence: 'A number has at most 4 bytes, that of a lock 5.',
    source: 'SCRIPTNUM, BIP65, BIP112',
    blame: 'ban',
  },
  'return-executed': {
    scope: 'witness',
    sentence: 'OP_RETURN is not executed.',
    source: 'OP_RETURN',
    blame: 'ban',
  },
  'verify-failed': {
    scope: 'witness',
    sentence: 'OP_VERIFY finds something true.',
    source: 'VERIFY',
    blame: 'ban',
  },
  'equal-verify-failed': {
    scope: 'witness',
    sentence: 'OP_EQUALVERIFY finds equal items.',
    source: 'EQUALVERIFY',
    blame: 'ban',
  },
  'numeric-equal-verify-failed': {
    scope: 'witness',
    sentence: 'OP_NUMEQUALVERIFY finds equal numbers.',
    source: 'NUMEQUALVERIFY',
    blame: 'ban',
  },
  'signature-verify-failed': {
    scope: 'witness',
    sentence: 'OP_CHECKSIGVERIFY finds a signature.',
    source: 'CHECKSIGVERIFY',
    blame: 'ban',
  },
  'multisig-verify-failed': {
    scope: 'witness',
    sentence: 'OP_CHECKMULTISIGVERIFY finds its signatures.',
    source: 'CHECKMULTISIGVERIFY',
    blame: 'ban',
  },
  'lock-time-negative': {
    scope: 'witness',
    sentence: 'The lock that a script asks for is not negative.',
    source: 'NEGATIVE_LOCKTIME, BIP65, BIP112',
    blame: 'ban',
  },
  'lock-time-unmet': {
    scope: 'witness',
    sentence: 'The transaction is locked for at least as long as the script asks.',
    source: 'UNSATISFIED_LOCKTIME, BIP65, BIP112',
    blame: 'ban',
  },
  'public-key-not-compressed': {
    scope: 'witness',
    sentence: 'Public keys are compressed: 33 bytes that begin with 2 or 3.',
    source: 'BIP143, WITNESS_PUBKEYTYPE',
    blame: 'ban',
  },
  'signature-encoding-wrong': {
    scope: 'witness',
    sentence: 'Signatures are strict DER.',
    source: 'BIP66',
    blame: 'ban',
  },
  'signature-s-too-high': {
    scope: 'witness',
    sentence: "A signature's s is at most half the curve's order.",
    source: 'BIP146',
    blame: 'ban',
  },
  'signature-hash-type-unknown': {
    scope: 'witness',
    sentence: 'The hash type is ALL, NONE or SINGLE, each with or without ANYONECANPAY.',
    source: 'STRICTENC, BIP143',
    blame: 'ban',
  },
  'signature-invalid': {
    scope: 'witness',
    sentence: "Each signature is the key's, over the digest of the transaction.",
    source: 'BIP143',
    blame: 'ban',
  },
  'signature-not-null': {
    scope: 'witness',
    sentence: 'Where a signature check is meant to fail, all of its signatures are empty.',
    source: 'NULLFAIL, BIP146',
    blame: 'ban',
  },
  'multisig-key-count-wrong': {
    scope: 'witness',
    sentence: 'A multisig has from 0 to 20 keys.',
    source: 'PUBKEY_COUNT',
    blame: 'ban',
  },
  'multisig-signature-count-wrong': {
    scope: 'witness',
    sentence: 'A multisig has from 0 to as many signatures as keys.',
    source: 'SIG_COUNT',
    blame: 'ban',
  },
  'multisig-dummy-not-null': {
    scope: 'witness',
    sentence: 'The item below the signatures of a multisig is empty.',
    source: 'NULLDUMMY, BIP147',
    blame: 'ban',
  },
  'script-result-false': {
    scope: 'witness',
    sentence: 'A script ends with something true.',
    source: 'EVAL_FALSE, BIP141',
    blame: 'ban',
  },
  'stack-not-clean': {
    scope: 'witness',
    sentence: 'A script ends with exactly one item on its stack.',
    source: 'CLEANSTACK, BIP141',
    blame: 'ban',
  },
} as const satisfies Record<string, Rule> & Record<ScriptErrorCode, Rule>

export type RuleCode = keyof typeof RULES

/** A broken rule, as a value. */
export interface RuleViolation {
  readonly kind: 'rule'
  readonly code: RuleCode
  /** what the rule says, and the figures of the case */
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

export function broken(code: RuleCode, details: Readonly<Record<string, unknown>> = {}): Err<RuleViolation> {
  return err({ kind: 'rule', code, message: RULES[code].sentence, details })
}

/** The blame on whoever sent a block or header that breaks the rule. */
export const blameInBlock = (code: RuleCode): Blame => RULES[code].blame

/** The blame on whoever sent a loose transaction that breaks the rule. */
export function blameInRelay(code: RuleCode): Blame {
  const rule: Rule = RULES[code]
  return rule.contextual ? 'none' : rule.blame
}
