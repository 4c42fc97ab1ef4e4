import { expect } from 'vitest'
import type { Txid } from '../../src/primitives/hash.ts'
import { createApiNode } from '../support/api-node.ts'
import { type CliOptions, cairn } from '../support/cli.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const API = ['--api', 'http://127.0.0.1:29472']

/** What the wallet's commands answer, each a part of it. */
export interface Answer {
  readonly name: string
  readonly address: string
  readonly publicKey: string
  readonly mnemonic: string
  readonly path: string
  readonly key: string
  readonly descriptor: string
  readonly txid: Txid
  readonly fee: number
  readonly amount: number
  readonly change: number
  readonly inputs: number
  readonly total: number
  readonly psbt: string
  readonly script: string
  readonly hash: string
  readonly preimage: string
  readonly hex: string
}

/** Someone with a data directory of their own. */
export async function createUser() {
  const dataDir = await temporaryDirectory()
  const where = ['--network', 'dev', '--data-dir', dataDir]
  return {
    dataDir,
    run: (line: string, options?: CliOptions) => cairn([...line.split(' '), ...where], options),
    /** the answer as JSON */
    async json(line: string, options?: CliOptions) {
      const result = await cairn([...line.split(' '), ...where, '--json'], options)
      expect(result, line).toMatchObject({ code: 0 })
      return JSON.parse(result.out) as Answer
    },
  }
}

/** A user whose default wallet holds the coinbases of 12 blocks: two of them are mature, and a third next block. */
export async function createMinerUser() {
  const node = await createApiNode()
  const user = await createUser()
  const { address } = await user.json('wallet create')
  const mined = await cairn(
    ['mine', '--blocks', '12', '--network', 'dev', '--data-dir', user.dataDir, ...API],
    { node },
  )
  expect(mined.code).toBe(0)
  const options = { node }
  return {
    ...user,
    node,
    address,
    ask: (line: string, more: CliOptions = {}) =>
      user.run(`${line} ${API.join(' ')}`, { ...options, ...more }),
    askJson: (line: string, more: CliOptions = {}) =>
      user.json(`${line} ${API.join(' ')}`, { ...options, ...more }),
    /** Puts everything that is pending into a block. */
    async confirm() {
      const entries = node.mempool.entries()
      await node.mine({
        transactions: entries.map(({ transaction }) => transaction),
        fees: entries.reduce((sum, { fee }) => sum + fee, 0),
      })
    },
  }
}
