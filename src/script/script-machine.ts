import type { Digest } from '../primitives/hash.ts'
import { MAX_OPERATIONS } from './limits.ts'
import type { ScriptContext } from './script-context.ts'
import { isTrue, readScriptNumber } from './script-number.ts'
import type { SignatureCheck } from './signature-check.ts'
import type { ScriptFault, ScriptPolicy } from './verdict.ts'

/** What one opcode does: why the script fails there, or undefined. */
export type Operation = (machine: ScriptMachine) => ScriptFault | undefined

/** Operations by opcode. */
export type Operations = Readonly<Record<number, Operation>>

/** The state of one script while it is executed. Items are never changed in place: many are views of the script. */
export class ScriptMachine {
  readonly context: ScriptContext
  readonly policy: ScriptPolicy
  /** its last item is the top */
  readonly stack: Uint8Array[]
  readonly alternateStack: Uint8Array[] = []
  /** what has to hold besides */
  readonly checks: SignatureCheck[] = []
  /** where the next instruction begins */
  position = 0
  readonly #script: Uint8Array
  readonly #branches: boolean[] = []
  #executing = true
  #operations = 0
  #scriptCode: Uint8Array
  /** by hash type, of the script code as it is now: a script may check many signatures */
  readonly #digests = new Map<number, Digest>()

  constructor(
    script: Uint8Array,
    stack: readonly Uint8Array[],
    context: ScriptContext,
    policy: ScriptPolicy,
  ) {
    this.context = context
    this.policy = policy
    this.stack = [...stack]
    this.#script = script
    this.#scriptCode = script
  }

  /** Counts operations; false when there are too many. */
  count(operations: number): boolean {
    this.#operations += operations
    return this.#operations <= MAX_OPERATIONS
  }

  /** The number that the item `depth` below the top holds, which has to be there, or why it holds none. */
  number(depth: number, maxBytes?: number): number | ScriptFault {
    return readScriptNumber(this.stack.at(-1 - depth)!, this.policy.minimalData, maxBytes)
  }

  /** Takes the top item, which has to be there, and fails unless it is true. */
  verify(fault: ScriptFault): ScriptFault | undefined {
    return isTrue(this.stack.pop()!) ? undefined : fault
  }

  /** Whether all the branches that the script is in are taken. */
  get executing(): boolean {
    return this.#executing
  }

  get insideBranch(): boolean {
    return this.#branches.length > 0
  }

  enterBranch(taken: boolean): void {
    this.#branches.push(taken)
    this.#executing &&= taken
  }

  otherBranch(): void {
    this.#branches.push(!this.#branches.pop())
    this.#executing = !this.#branches.includes(false)
  }

  leaveBranch(): void {
    this.#branches.pop()
    this.#executing = !this.#branches.includes(false)
  }

  /** BIP143: signatures sign the script from the next instruction on. */
  separateCode(): void {
    this.#scriptCode = this.#script.subarray(this.position)
    this.#digests.clear()
  }

  sighash(hashType: number): Digest {
    let digest = this.#digests.get(hashType)
    if (digest === undefined) {
      digest = this.context.sighash(this.#scriptCode, hashType)
      this.#digests.set(hashType, digest)
    }
    return digest
  }
}
