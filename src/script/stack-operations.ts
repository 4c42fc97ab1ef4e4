import { OP } from './opcodes.ts'
import type { Operation, Operations } from './script-machine.ts'
import { isTrue, scriptNumberItem } from './script-number.ts'

/** An operation that rearranges a stack of at least so many items. */
const onStack =
  (items: number, rearrange: (stack: Uint8Array[]) => void): Operation =>
  ({ stack }) => {
    if (stack.length < items) return 'stack-too-short'
    rearrange(stack)
  }

/** Takes out the item that a number on top of the stack names by its depth, or copies it. */
const fromDepth =
  (remove: boolean): Operation =>
  (machine) => {
    const { stack } = machine
    if (stack.length < 2) return 'stack-too-short'
    const depth = machine.number(0)
    if (typeof depth === 'string') return depth
    stack.pop()
    if (depth < 0 || depth >= stack.length) return 'stack-too-short'
    const item = stack.at(-1 - depth)!
    if (remove) stack.splice(-1 - depth, 1)
    stack.push(item)
  }

/** Moves `count` items that begin `from` items below the end of the stack to its top. */
const lift = (stack: Uint8Array[], from: number, count: number): void => {
  stack.push(...stack.splice(-from, count))
}

/** Copies `count` items that begin `from` items below the end of the stack to its top. */
const copy = (stack: Uint8Array[], from: number, count: number): void => {
  for (let i = 0; i < count; i++) stack.push(stack.at(-from)!)
}

export const STACK_OPERATIONS: Operations = {
  [OP.TOALTSTACK]: ({ stack, alternateStack }) => {
    if (stack.length < 1) return 'stack-too-short'
    alternateStack.push(stack.pop()!)
  },
  [OP.FROMALTSTACK]: ({ stack, alternateStack }) => {
    if (alternateStack.length < 1) return 'alternate-stack-empty'
    stack.push(alternateStack.pop()!)
  },
  [OP['2DROP']]: onStack(2, (stack) => stack.splice(-2)),
  [OP['2DUP']]: onStack(2, (stack) => copy(stack, 2, 2)),
  [OP['3DUP']]: onStack(3, (stack) => copy(stack, 3, 3)),
  [OP['2OVER']]: onStack(4, (stack) => copy(stack, 4, 2)),
  [OP['2ROT']]: onStack(6, (stack) => lift(stack, 6, 2)),
  [OP['2SWAP']]: onStack(4, (stack) => lift(stack, 4, 2)),
  [OP.IFDUP]: onStack(1, (stack) => {
    if (isTrue(stack.at(-1)!)) copy(stack, 1, 1)
  }),
  [OP.DEPTH]: onStack(0, (stack) => stack.push(scriptNumberItem(stack.length))),
  [OP.DROP]: onStack(1, (stack) => stack.pop()),
  [OP.DUP]: onStack(1, (stack) => copy(stack, 1, 1)),
  [OP.NIP]: onStack(2, (stack) => stack.splice(-2, 1)),
  [OP.OVER]: onStack(2, (stack) => copy(stack, 2, 1)),
  [OP.PICK]: fromDepth(false),
  [OP.ROLL]: fromDepth(true),
  [OP.ROT]: onStack(3, (stack) => lift(stack, 3, 1)),
  [OP.SWAP]: onStack(2, (stack) => lift(stack, 2, 1)),
  [OP.TUCK]: onStack(2, (stack) => stack.splice(-2, 0, stack.at(-1)!)),
  [OP.SIZE]: onStack(1, (stack) => stack.push(scriptNumberItem(stack.at(-1)!.length))),
}
