/** The longest script that is executed, in bytes. */
export const MAX_SCRIPT_BYTES = 10_000

/** The longest item that is pushed, or that a witness puts on the stack, in bytes. */
export const MAX_ITEM_BYTES = 520

/** The most operations in a script, executed or not; those that only push are free. */
export const MAX_OPERATIONS = 201

/** The most items on the stack and the alternate stack together, after each operation. */
export const MAX_STACK_ITEMS = 1_000

/** The most keys of one OP_CHECKMULTISIG; each of them counts as an operation. */
export const MAX_MULTISIG_KEYS = 20
