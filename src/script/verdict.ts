/** Why a witness does not satisfy an output. Each code is also a rule in `consensus/rules.ts`. */
export type ScriptErrorCode =
  // the witness as a whole
  | 'output-script-unknown'
  | 'witness-stack-size-wrong'
  | 'witness-script-missing'
  | 'witness-program-mismatch'
  // limits
  | 'script-size-exceeded'
  | 'script-item-size-exceeded'
  | 'script-operations-exceeded'
  | 'script-stack-exceeded'
  // form
  | 'opcode-invalid'
  | 'opcode-disabled'
  | 'conditional-unbalanced'
  | 'condition-not-minimal'
  // execution
  | 'stack-too-short'
  | 'alternate-stack-empty'
  | 'script-number-too-long'
  | 'return-executed'
  | 'verify-failed'
  | 'equal-verify-failed'
  | 'numeric-equal-verify-failed'
  | 'signature-verify-failed'
  | 'multisig-verify-failed'
  | 'lock-time-negative'
  | 'lock-time-unmet'
  // signatures
  | 'public-key-not-compressed'
  | 'signature-encoding-wrong'
  | 'signature-s-too-high'
  | 'signature-hash-type-unknown'
  | 'signature-invalid'
  | 'signature-not-null'
  | 'multisig-key-count-wrong'
  | 'multisig-signature-count-wrong'
  | 'multisig-dummy-not-null'
  // the end
  | 'script-result-false'
  | 'stack-not-clean'

/** What a script did that is valid, but that a `ScriptPolicy` asked to be told of. */
export type ScriptPolicyCode = 'push-not-minimal' | 'script-number-not-minimal' | 'nop-discouraged'

/** Why a script stopped. */
export type ScriptFault = ScriptErrorCode | ScriptPolicyCode

/** What a script is held to beyond the rules: Bitcoin relays less than it lets blocks hold. */
export interface ScriptPolicy {
  /** BIP62, MINIMALDATA: each push is in its shortest form, and so is each number that is read */
  readonly minimalData: boolean
  /** OP_NOP1 and OP_NOP4 to OP_NOP10, which a soft fork may give a meaning, are not executed */
  readonly discourageUpgradableNops: boolean
}

/** Nothing beyond the rules. */
export const RULES_ONLY: ScriptPolicy = { minimalData: false, discourageUpgradableNops: false }
