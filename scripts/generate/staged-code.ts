/**
 * A 32-bit word of a computation that is written out ahead of time, with the moment at which its value is known:
 * `known` here, while the code is generated; `job` once for each call, the same in all lanes; `lanes` only in the
 * loop, where each of four lanes has its own. An operation is carried out at the earliest moment that its operands
 * allow: that alone gives the midstate, the first rounds and the parts of the message schedule that do not depend on
 * the nonce, without a line of their own.
 */
export type Word = Known | Staged
interface Known {
  readonly stage: 'known'
  readonly value: number
}
interface Staged {
  readonly stage: 'job' | 'lanes'
  /** an AssemblyScript expression: a `u32` for a job, a `v128` for lanes */
  readonly code: string
}

export const known = (value: number): Word => ({ stage: 'known', value: value >>> 0 })
export const job = (code: string): Word => ({ stage: 'job', code })
export const lanes = (code: string): Word => ({ stage: 'lanes', code })

/** The expression of a word in every lane. */
export function laneCode(word: Word): string {
  if (word.stage === 'lanes') return word.code
  return `i32x4.splat(${word.stage === 'known' ? word.value | 0 : word.code})`
}

/** The expression of a word that is the same in all lanes. */
export const scalarCode = (word: Word): string => (word.stage === 'known' ? String(word.value) : word.code)

interface BinaryOperator {
  readonly fold: (a: number, b: number) => number
  readonly scalar: string
  readonly vector: string
}

const XOR: BinaryOperator = { fold: (a, b) => a ^ b, scalar: '^', vector: 'v128.xor' }
const AND: BinaryOperator = { fold: (a, b) => a & b, scalar: '&', vector: 'v128.and' }
const ADD: BinaryOperator = { fold: (a, b) => a + b, scalar: '+', vector: 'i32x4.add' }

function binary(operator: BinaryOperator, a: Word, b: Word): Word {
  if (a.stage === 'known' && b.stage === 'known') return known(operator.fold(a.value, b.value))
  if (a.stage === 'lanes' || b.stage === 'lanes')
    return lanes(`${operator.vector}(${laneCode(a)}, ${laneCode(b)})`)
  return job(`(${scalarCode(a)} ${operator.scalar} ${scalarCode(b)})`)
}

export const xor = (a: Word, b: Word): Word => binary(XOR, a, b)
export const and = (a: Word, b: Word): Word => binary(AND, a, b)

const isZero = (word: Word): boolean => word.stage === 'known' && word.value === 0

/** The sum modulo 2^32. What is known earlier is added up earlier, so that the loop adds it at one stroke. */
export function add(...words: readonly Word[]): Word {
  const order = { known: 0, job: 1, lanes: 2 }
  const sorted = words.toSorted((a, b) => order[a.stage] - order[b.stage])
  return sorted.reduce((sum, word) => (isZero(sum) ? word : isZero(word) ? sum : binary(ADD, sum, word)))
}

/** Calls `name` for a job's word and `name_x4` for lanes; `fold` is the same function on a number. */
export function apply(name: string, fold: (x: number) => number, word: Word): Word {
  if (word.stage === 'known') return known(fold(word.value))
  return word.stage === 'job' ? job(`${name}(${word.code})`) : lanes(`${name}_x4(${word.code})`)
}

/** Where the statements of the two later stages are collected. */
export interface StagedCode {
  readonly beforeLoop: readonly string[]
  readonly inLoop: readonly string[]
  /** Gives a word that is used more than once a variable, so that it is computed once. */
  name(word: Word): Word
}

export function createStagedCode(): StagedCode {
  const beforeLoop: string[] = []
  const inLoop: string[] = []
  let names = 0
  return {
    beforeLoop,
    inLoop,
    name(word) {
      if (word.stage === 'known' || /^\w+$/.test(word.code)) return word
      const code = `t${names++}`
      if (word.stage === 'job') beforeLoop.push(`  const ${code}: u32 = ${word.code}`)
      else inLoop.push(`    const ${code}: v128 = ${word.code}`)
      return { stage: word.stage, code }
    },
  }
}
