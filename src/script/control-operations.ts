import { OP } from './opcodes.ts'
import type { Operation, Operations } from './script-machine.ts'
import { isTrue, scriptNumberItem } from './script-number.ts'

/** OP_IF and OP_NOTIF, which take the branch when the condition is `wanted`. */
const branchIf =
  (wanted: boolean): Operation =>
  (machine) => {
    if (!machine.executing) return void machine.enterBranch(false)
    const condition = machine.stack.pop()
    if (condition === undefined) return 'stack-too-short'
    // MINIMALIF: nothing or 1, or whoever relays a spend could write the condition in another way.
    if (condition.length > 1 || (condition.length === 1 && condition[0] !== 1)) return 'condition-not-minimal'
    machine.enterBranch(isTrue(condition) === wanted)
  }

const push =
  (value: number): Operation =>
  ({ stack }) =>
    void stack.push(scriptNumberItem(value))

const doNothing: Operation = () => undefined

/** Means nothing yet. */
const upgradable: Operation = ({ policy }) =>
  policy.discourageUpgradableNops ? 'nop-discouraged' : undefined

const NUMBERS = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [OP['1'] + i, push(i + 1)]))

export const CONTROL_OPERATIONS: Operations = {
  [OP['1NEGATE']]: push(-1),
  ...NUMBERS,

  [OP.NOP]: doNothing,
  [OP.IF]: branchIf(true),
  [OP.NOTIF]: branchIf(false),
  [OP.ELSE]: (machine) => {
    if (!machine.insideBranch) return 'conditional-unbalanced'
    machine.otherBranch()
  },
  [OP.ENDIF]: (machine) => {
    if (!machine.insideBranch) return 'conditional-unbalanced'
    machine.leaveBranch()
  },
  [OP.VERIFY]: (machine) => (machine.stack.length < 1 ? 'stack-too-short' : machine.verify('verify-failed')),
  [OP.RETURN]: () => 'return-executed',

  [OP.NOP1]: upgradable,
  [OP.NOP4]: upgradable,
  [OP.NOP5]: upgradable,
  [OP.NOP6]: upgradable,
  [OP.NOP7]: upgradable,
  [OP.NOP8]: upgradable,
  [OP.NOP9]: upgradable,
  [OP.NOP10]: upgradable,
}
