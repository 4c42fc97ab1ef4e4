import { err, ok, type Result } from '../base/result.ts'
import { ARITHMETIC_OPERATIONS } from './arithmetic-operations.ts'
import { CONTROL_OPERATIONS } from './control-operations.ts'
import { CRYPTO_OPERATIONS } from './crypto-operations.ts'
import { type Instruction, isMinimalPush, readInstruction } from './instruction.ts'
import { MAX_ITEM_BYTES, MAX_SCRIPT_BYTES, MAX_STACK_ITEMS } from './limits.ts'
import { LOCK_OPERATIONS } from './lock-operations.ts'
import { DISABLED_OPCODES, LAST_PUSH, OP } from './opcodes.ts'
import type { ScriptContext } from './script-context.ts'
import { type Operation, type Operations, ScriptMachine } from './script-machine.ts'
import { isTrue } from './script-number.ts'
import type { SignatureCheck } from './signature-check.ts'
import { STACK_OPERATIONS } from './stack-operations.ts'
import { RULES_ONLY, type ScriptFault, type ScriptPolicy } from './verdict.ts'

const ALL_OPERATIONS: Operations = {
  ...CONTROL_OPERATIONS,
  ...STACK_OPERATIONS,
  ...ARITHMETIC_OPERATIONS,
  ...CRYPTO_OPERATIONS,
  ...LOCK_OPERATIONS,
}
const OPERATIONS: readonly (Operation | undefined)[] = Array.from(
  { length: 256 },
  (_, opcode) => ALL_OPERATIONS[opcode],
)

/** How a script ended that did not fail. */
interface Execution {
  /** its last item is the top */
  readonly stack: readonly Uint8Array[]
  /** the signatures that have to hold besides */
  readonly checks: SignatureCheck[]
}

/**
 * Runs a witness-v0 script on a stack and says how it ends, whatever is on the stack then. The curve is left out: what
 * it has to say is in `checks`.
 */
export function executeScript(
  script: Uint8Array,
  stack: readonly Uint8Array[],
  context: ScriptContext,
  policy: ScriptPolicy = RULES_ONLY,
): Result<Execution, ScriptFault> {
  if (script.length > MAX_SCRIPT_BYTES) return err('script-size-exceeded')
  const machine = new ScriptMachine(script, stack, context, policy)
  while (machine.position < script.length) {
    const instruction = readInstruction(script, machine.position)
    if (instruction === undefined) return err('opcode-invalid')
    machine.position = instruction.end
    const fault = step(machine, instruction)
    if (fault !== undefined) return err(fault)
    if (machine.stack.length + machine.alternateStack.length > MAX_STACK_ITEMS)
      return err('script-stack-exceeded')
  }
  return machine.insideBranch ? err('conditional-unbalanced') : ok(machine)
}

function step(machine: ScriptMachine, instruction: Instruction): ScriptFault | undefined {
  const { opcode, data } = instruction
  if (data !== undefined) {
    if (data.length > MAX_ITEM_BYTES) return 'script-item-size-exceeded'
    if (!machine.executing) return
    if (machine.policy.minimalData && !isMinimalPush(instruction)) return 'push-not-minimal'
    machine.stack.push(data)
    return
  }
  if (opcode > LAST_PUSH && !machine.count(1)) return 'script-operations-exceeded'
  if (DISABLED_OPCODES.has(opcode)) return 'opcode-disabled'
  // The conditionals are followed in branches that are not taken too, and so OP_VERIF and OP_VERNOTIF fail there.
  if (!machine.executing && !(opcode >= OP.IF && opcode <= OP.ENDIF)) return
  const operation = OPERATIONS[opcode]
  return operation === undefined ? 'opcode-invalid' : operation(machine)
}

/**
 * BIP141: whether a witness script with the items below it in the witness is satisfied: it ends with exactly one item,
 * which is true (CLEANSTACK).
 * @returns the signatures that have to hold besides, or why it is not
 */
export function runWitnessScript(
  script: Uint8Array,
  items: readonly Uint8Array[],
  context: ScriptContext,
  policy: ScriptPolicy = RULES_ONLY,
): Result<SignatureCheck[], ScriptFault> {
  if (items.some((item) => item.length > MAX_ITEM_BYTES)) return err('script-item-size-exceeded')
  const execution = executeScript(script, items, context, policy)
  if (!execution.ok) return execution
  const { stack, checks } = execution.value
  if (stack.length !== 1) return err('stack-not-clean')
  return isTrue(stack[0]!) ? ok(checks) : err('script-result-false')
}
