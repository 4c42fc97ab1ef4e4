import { describe, expect, it } from 'vitest'
import { withPayout } from '../../src/cli/default-payout.ts'
import { loadConfig } from '../../src/node/config-load.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { createWalletFiles } from '../../src/platform/node/wallet-files.ts'
import { type Logger, SILENT_LOGGER } from '../../src/ports/logger.ts'
import { addressOf } from '../support/api-node.ts'
import { cairn } from '../support/cli.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { fakeMachine } from '../support/fake-machine.ts'
import { testKey } from '../support/key.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function setUp(flags: Record<string, string | boolean>, environment: Record<string, string> = {}) {
  const dataDir = await temporaryDirectory()
  const machine = fakeMachine({ environment })
  const config = await loadConfig({ network: 'dev', dataDir, ...flags }, undefined, machine)
  const lines: string[] = []
  const logger: Logger = {
    ...SILENT_LOGGER,
    info: (phrase, fields) => void lines.push(JSON.stringify({ phrase, ...fields })),
  }
  const context = {
    machine,
    clock: createFakeClock(),
    random: systemRandom,
    scryptCost: { N: 16, r: 8, p: 1 },
  }
  return { dataDir, lines, payout: async () => (await withPayout(config, {}, context, logger)).mining.payout }
}

describe('--mine without an address', () => {
  it('pays to the default wallet, made on first use, and tells how to back it up without telling the words', async () => {
    const { dataDir, lines, payout } = await setUp({ 'mining.enabled': true })
    const first = await payout()
    expect(await payout()).toEqual(first)
    const file = createWalletFiles(dataDir).path('default')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        phrase: 'default wallet made, mining pays to it',
        wallet: file,
        address: first?.address,
        backup: `cairn wallet export default --network dev --data-dir ${dataDir}`,
      },
      expect.objectContaining({ phrase: 'mining pays to the default wallet', address: first?.address }),
    ])
    const words = (await cairn(['wallet', 'export', '--network', 'dev', '--data-dir', dataDir])).out.split(
      ' ',
    )
    expect(words).toHaveLength(12)
    const logged = lines
      .join(' ')
      .toLowerCase()
      .split(/[^a-z]+/)
    expect(words.every((word) => logged.includes(word))).toBe(false)
  })

  it('protects that wallet with the passphrase of the environment', async () => {
    const { dataDir, payout } = await setUp({ 'mining.enabled': true }, { CAIRN_WALLET_PASSPHRASE: 'secret' })
    await payout()
    const where = ['--network', 'dev', '--data-dir', dataDir]
    expect((await cairn(['wallet', 'export', ...where])).code).toBe(1)
    expect((await cairn(['wallet', 'export', ...where], { secrets: ['secret'] })).code).toBe(0)
  })
})

describe('no wallet is made', () => {
  it('for a node that does not mine, or that was told whom to pay', async () => {
    const idle = await setUp({})
    expect(await idle.payout()).toBeUndefined()
    const address = addressOf(testKey('alice'))
    const told = await setUp({ 'mining.enabled': true, 'mining.address': address })
    expect(await told.payout()).toMatchObject({ address })
    for (const { dataDir, lines } of [idle, told]) {
      expect(await createWalletFiles(dataDir).list()).toEqual([])
      expect(lines).toEqual([])
    }
  })
})
