import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { sha256 } from '../../src/primitives/hash.ts'
import { COIN } from '../../src/primitives/money.ts'
import type { Balance } from '../../src/wallet/coins.ts'
import { type CliOptions, type CommandResult, cairn } from '../support/cli.ts'
import { type NodeProcess, type ProcessOptions, startNode } from '../support/node-process.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Two nodes, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 120_000 })

const REWARD = 50 * COIN

/** What the commands of this test answer, each a part of it. */
interface Answer extends Balance {
  readonly address: string
  readonly publicKey: string
  readonly script: string
  readonly hash: string
  readonly preimage: string
  readonly txid: string
  readonly fee: number
  readonly amount: number
}

function answerOf({ code, out, notes }: CommandResult): Answer {
  expect({ code, notes: code === 0 ? '' : notes }).toEqual({ code: 0, notes: '' })
  return JSON.parse(out)
}

/** A network of its own, with one node, and wallets of Alice and Bob beside it. */
class Network {
  readonly #node: NodeProcess
  /** the network's definition */
  readonly #file: string
  /** a key of each */
  readonly keys: Readonly<Record<'alice' | 'bob', string>>

  private constructor(node: NodeProcess, file: string, keys: Network['keys']) {
    this.#node = node
    this.#file = file
    this.keys = keys
  }

  static async start(name: string, prefix: string): Promise<Network> {
    const file = join(await temporaryDirectory(), `${name}.json`)
    await writeFile(
      file,
      JSON.stringify({ name, prefix, spacing: null, maturity: 1, subsidy: REWARD, halving: 150 }),
    )
    const node = await startNode({ network: file })
    const network = new Network(node, file, { alice: '', bob: '' })
    const key = async (wallet: string) => {
      await network.ask(`wallet create ${wallet}`, { secrets: [''] })
      return (await network.ask(`wallet address ${wallet}`)).publicKey
    }
    const [alice, bob] = await Promise.all([key('alice'), key('bob')])
    return new Network(node, file, { alice, bob })
  }

  get genesis(): string {
    return this.#node.started.genesis
  }

  /** A command line, in this process: fifty of their own would take longer to start than to do it. */
  run(line: string, options?: CliOptions): Promise<CommandResult> {
    const where = ['--network', this.#file, '--data-dir', this.#node.dataDirectory]
    return cairn([...line.split(' '), '--json', ...where], { fetch, ...options })
  }

  async ask(line: string, options?: CliOptions): Promise<Answer> {
    return answerOf(await this.run(line, options))
  }

  /** The same in a process of its own, as a person runs it. */
  async askProcess(line: string, options?: ProcessOptions): Promise<Answer> {
    const { code, stdout, stderr } = await this.#node.cairn([...line.split(' '), '--json'], options)
    return answerOf({ code, out: stdout, notes: stderr })
  }

  async mine(blocks: number, wallet?: string): Promise<void> {
    // Nobody of the two: fees and rewards are not to disturb their balances.
    const to =
      wallet === undefined
        ? NOBODY[this.#node.started.network]!
        : (await this.ask(`wallet address ${wallet}`)).address
    await this.ask(`mine --blocks ${blocks} --address ${to}`)
  }

  async balance(wallet: string): Promise<number> {
    return (await this.ask(`wallet balance ${wallet}`)).total
  }
}

/** Addresses that nobody has the key of. */
const NOBODY: Record<string, string> = {}

/** Alice has a reward on the first network and wants coins of the second, where Bob has one. */
async function startNetworks() {
  const [first, second] = await Promise.all([Network.start('alpha', 'acrn'), Network.start('beta', 'bcrn')])
  for (const [network, name, wallet] of [
    [first, 'alpha', 'alice'],
    [second, 'beta', 'bob'],
  ] as const) {
    const { address } = await network.ask(`vault create --height 499999999 --key 02${'11'.repeat(32)}`)
    NOBODY[name] = address
    await network.mine(1, wallet)
    await network.mine(1)
  }
  return [first, second] as const
}

it('swaps coins of two networks atomically, or gives both sides theirs back, with commands alone', async () => {
  const [first, second] = await startNetworks()
  expect(first.genesis).not.toBe(second.genesis)
  const secretFile = join(await temporaryDirectory(), 'preimage')

  // Alice offers first, with the longer lock; Bob answers by the same hash, with the shorter one.
  const offer = await first.ask(
    `htlc create --recipient ${first.keys.bob} --refund ${first.keys.alice} --height 40 --preimage-out ${secretFile}`,
  )
  expect((await stat(secretFile)).mode & 0o777).toBe(0o600)
  const preimage = (await readFile(secretFile, 'utf8')).trim()
  expect(Buffer.from(sha256(Buffer.from(preimage, 'hex'))).toString('hex')).toBe(offer.hash)
  expect(JSON.stringify(offer)).not.toContain(preimage)
  const offered = await first.ask(`htlc fund --script ${offer.script} --amount 10 --from alice`)
  await first.mine(1)
  expect(await first.ask(`htlc show --script ${offer.script}`)).toMatchObject({ confirmed: 10 * COIN })

  const answer = await second.ask(
    `htlc create --recipient ${second.keys.alice} --refund ${second.keys.bob} --hash ${offer.hash} --height 20`,
  )
  const answered = await second.ask(`htlc fund --script ${answer.script} --amount 4 --from bob`)
  await second.mine(1)

  // Without the preimage Bob has nothing, and before its time nobody has anything back.
  const [early, guess] = await Promise.all([
    first.run(`htlc refund --script ${offer.script} --from alice`),
    first.run(`htlc claim --script ${offer.script} --from bob`, { secrets: ['00'.repeat(32)] }),
  ])
  expect(early).toMatchObject({ code: 1, notes: expect.stringContaining('locked') })
  expect(guess).toMatchObject({ code: 1, notes: expect.stringContaining('preimage') })

  // Alice claims, which shows the preimage to Bob, who claims with it.
  const claimed = await second.askProcess(
    `htlc claim --script ${answer.script} --from alice --preimage-file ${secretFile}`,
  )
  const revealed = await second.askProcess(`htlc preimage --script ${answer.script}`)
  expect(revealed).toMatchObject({ preimage, txid: claimed.txid })
  const env = { CAIRN_PREIMAGE: revealed.preimage }
  const taken = await first.askProcess(`htlc claim --script ${offer.script} --from bob`, { env })
  await Promise.all([first.mine(1), second.mine(1)])
  expect(await second.ask(`htlc preimage --script ${answer.script}`)).toMatchObject({ preimage })
  const balances = await Promise.all([
    first.balance('alice'),
    first.balance('bob'),
    second.balance('alice'),
    second.balance('bob'),
  ])
  expect(balances).toEqual([
    REWARD - 10 * COIN - offered.fee,
    10 * COIN - taken.fee,
    4 * COIN - claimed.fee,
    REWARD - 4 * COIN - answered.fee,
  ])

  // The same again, and Alice never claims: when the locks have passed, each has their own coins back.
  const locked = [
    { network: first, owner: 'alice', recipient: first.keys.bob, refund: first.keys.alice, until: 9 },
    { network: second, owner: 'bob', recipient: second.keys.alice, refund: second.keys.bob, until: 8 },
  ]
  await Promise.all(
    locked.map(async ({ network, owner, recipient, refund, until }) => {
      const before = await network.balance(owner)
      const hash = Buffer.from(sha256(Buffer.alloc(32, 7))).toString('hex')
      const { script } = await network.ask(
        `htlc create --recipient ${recipient} --refund ${refund} --hash ${hash} --height ${until}`,
      )
      const funded = await network.ask(`htlc fund --script ${script} --amount 3 --from ${owner}`)
      await network.mine(1)
      const tooEarly = await network.run(`htlc refund --script ${script} --from ${owner}`)
      expect(tooEarly).toMatchObject({
        code: 1,
        notes: expect.stringContaining(`from block ${until + 1} on`),
      })
      await network.mine(until - 5)
      const back = await network.ask(`htlc refund --script ${script} --from ${owner}`)
      await network.mine(1)
      expect(await network.balance(owner)).toBe(before - funded.fee - back.fee)
    }),
  )
})
