/** Why a witness does not satisfy an output. Each code is also a rule in `consensus/rules.ts`. */
export type ScriptErrorCode =
  | 'witness-stack-size-wrong'
  | 'witness-program-mismatch'
  | 'public-key-not-compressed'
  | 'signature-encoding-wrong'
  | 'signature-s-too-high'
  | 'signature-hash-type-unknown'
  | 'signature-invalid'
  | 'output-script-unknown'
  | 'witness-script-unsupported'
