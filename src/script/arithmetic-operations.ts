import { equalBytes } from '../base/bytes.ts'
import { OP } from './opcodes.ts'
import type { Operation, Operations } from './script-machine.ts'
import { booleanItem, scriptNumberItem } from './script-number.ts'

/** An operation on the topmost numbers, in the order in which they were pushed, that leaves a number. */
const onNumbers =
  (count: number, apply: (a: number, b: number, c: number) => number): Operation =>
  (machine) => {
    const { stack } = machine
    if (stack.length < count) return 'stack-too-short'
    const operands = [0, 0, 0]
    for (let i = 0; i < count; i++) {
      const operand = machine.number(count - 1 - i)
      if (typeof operand === 'string') return operand
      operands[i] = operand
    }
    const [a, b, c] = operands as [number, number, number]
    stack.length -= count
    stack.push(scriptNumberItem(apply(a, b, c)))
  }

const ask = (count: number, test: (a: number, b: number, c: number) => boolean): Operation =>
  onNumbers(count, (a, b, c) => (test(a, b, c) ? 1 : 0))

const isEqual: Operation = ({ stack }) => {
  if (stack.length < 2) return 'stack-too-short'
  const b = stack.pop()!
  const a = stack.pop()!
  stack.push(booleanItem(equalBytes(a, b)))
}

const numbersAreEqual = ask(2, (a, b) => a === b)

export const ARITHMETIC_OPERATIONS: Operations = {
  [OP.EQUAL]: isEqual,
  [OP.EQUALVERIFY]: (machine) => isEqual(machine) ?? machine.verify('equal-verify-failed'),

  [OP['1ADD']]: onNumbers(1, (a) => a + 1),
  [OP['1SUB']]: onNumbers(1, (a) => a - 1),
  [OP.NEGATE]: onNumbers(1, (a) => -a),
  [OP.ABS]: onNumbers(1, (a) => Math.abs(a)),
  [OP.NOT]: ask(1, (a) => a === 0),
  [OP['0NOTEQUAL']]: ask(1, (a) => a !== 0),
  [OP.ADD]: onNumbers(2, (a, b) => a + b),
  [OP.SUB]: onNumbers(2, (a, b) => a - b),
  [OP.BOOLAND]: ask(2, (a, b) => a !== 0 && b !== 0),
  [OP.BOOLOR]: ask(2, (a, b) => a !== 0 || b !== 0),
  [OP.NUMEQUAL]: numbersAreEqual,
  [OP.NUMEQUALVERIFY]: (machine) => numbersAreEqual(machine) ?? machine.verify('numeric-equal-verify-failed'),
  [OP.NUMNOTEQUAL]: ask(2, (a, b) => a !== b),
  [OP.LESSTHAN]: ask(2, (a, b) => a < b),
  [OP.GREATERTHAN]: ask(2, (a, b) => a > b),
  [OP.LESSTHANOREQUAL]: ask(2, (a, b) => a <= b),
  [OP.GREATERTHANOREQUAL]: ask(2, (a, b) => a >= b),
  [OP.MIN]: onNumbers(2, (a, b) => Math.min(a, b)),
  [OP.MAX]: onNumbers(2, (a, b) => Math.max(a, b)),
  [OP.WITHIN]: ask(3, (a, min, max) => min <= a && a < max),
}
