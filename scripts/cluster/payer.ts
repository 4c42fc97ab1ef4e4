import { toHex } from '../../src/base/bytes.ts'
import { invariant } from '../../src/base/errors.ts'
import type { ApiClient } from '../../src/cli/api-client.ts'
import { createCoinSource } from '../../src/cli/coin-source.ts'
import type { NetworkParameters } from '../../src/consensus/parameters.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import { balanceOf } from '../../src/wallet/coins.ts'
import { createWallet } from '../../src/wallet/new-wallet.ts'

/** A wallet whose keys stay in this process. */
export interface Payer {
  /** where it is paid */
  readonly address: string
  /** Pays as `cairn send` does, through the given node. Resolves with the txid. */
  pay(to: string, value: number, client: ApiClient): Promise<string>
  /** all that it has, in base units */
  balance(client: ApiClient): Promise<number>
}

/** Base units a virtual byte. */
const FEE_RATE = 1

export async function createPayer(network: NetworkParameters): Promise<Payer> {
  const createdAt = Math.floor(Date.now() / 1000)
  const { wallet } = await createWallet({ network, passphrase: '', createdAt }, { random: systemRandom })
  const keys = await wallet.unlock('')
  const { address } = wallet.account().nextReceiveAddress()
  const scan = (client: ApiClient) =>
    wallet
      .account()
      .scan(
        createCoinSource(client, network.prefix, () => invariant(false, 'no address has so many coins here')),
      )
  return {
    address,
    async pay(to, value, client) {
      const coins = await scan(client)
      const { transaction } = keys.pay({ to: [{ address: to, value }], feeRate: FEE_RATE, coins })
      const { txid } = await client.submit(toHex(transaction.bytes))
      return txid
    },
    balance: async (client) => balanceOf(await scan(client)).total,
  }
}
