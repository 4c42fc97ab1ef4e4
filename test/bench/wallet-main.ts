/** Opens a wallet and pays from it, as a command does in a process of its own: prints a `WalletOutcome`. */
import { readFile } from 'node:fs/promises'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { openWalletCurve } from '../../src/platform/node/wallet-curve.ts'
import { sha256, type Txid, toHashId } from '../../src/primitives/hash.ts'
import { balanceOf, type CoinSource, type WalletCoin } from '../../src/wallet/coins.ts'
import { parseKeystore } from '../../src/wallet/keystore.ts'
import { openWallet } from '../../src/wallet/wallet.ts'
import { childJob, reportOutcome } from './child.ts'
import { COIN_VALUE, NETWORK, PASSPHRASE, type WalletFixture } from './wallet-fixture.ts'

export interface WalletJob {
  /** a file with a `WalletFixture` as JSON */
  readonly fixture: string
}

export interface WalletOutcome {
  readonly openMs: number
  /** of all threads of the process */
  readonly openCpuMs: number
  readonly unlockMs: number
  readonly paymentMs: number
  readonly payment500Ms: number
}

const { keystore, scripts }: WalletFixture = JSON.parse(await readFile(childJob<WalletJob>().fixture, 'utf8'))
const held = new Map(scripts.map((script, index) => [script, coinOn(fromHex(script)!, index)]))
const source: CoinSource = async (wanted) => wanted.flatMap((script) => held.get(toHex(script)) ?? [])

function coinOn(scriptPubKey: Uint8Array, index: number): WalletCoin {
  return {
    outPoint: { txid: toHashId<Txid>(sha256(scriptPubKey)), vout: 0 },
    coin: { value: COIN_VALUE + (index % 97), scriptPubKey, height: 1, coinbase: false },
    status: 'confirmed',
  }
}

async function timed<T>(run: () => T | Promise<T>): Promise<[ms: number, result: T]> {
  const start = performance.now()
  const result = await run()
  return [performance.now() - start, result]
}

const cpu = process.cpuUsage()
const [openMs, { wallet, coins }] = await timed(async () => {
  const dependencies = { random: systemRandom, curve: await openWalletCurve() }
  const opened = openWallet(parseKeystore(keystore), NETWORK, dependencies)
  const scanned = await opened.account().scan(source)
  if (balanceOf(scanned).spendable < scripts.length * COIN_VALUE) throw new Error('coins are missing')
  return { wallet: opened, coins: scanned }
})
const { user, system } = process.cpuUsage(cpu)
const openCpuMs = (user + system) / 1000
const [unlockMs, unlocked] = await timed(() => wallet.unlock(PASSPHRASE))
const to = wallet.account().currentAddress().address

async function pay(inputs: number): Promise<number> {
  const request = { to: [{ address: to, value: inputs * (COIN_VALUE - 90) }], feeRate: 1, coins }
  const [ms, { spent }] = await timed(() => unlocked.pay(request))
  if (Math.abs(spent.length - inputs) > inputs / 20 + 1)
    throw new Error(`${spent.length} inputs, not ${inputs}`)
  return ms
}

const paymentMs = await pay(10)
const payment500Ms = await pay(500)
unlocked.lock()
reportOutcome({ openMs, openCpuMs, unlockMs, paymentMs, payment500Ms } satisfies WalletOutcome)
