import { describe, expect, it } from 'vitest'
import { sha256 } from '../../../src/primitives/hash.ts'
import type { Transaction } from '../../../src/primitives/transaction.ts'
import { p2wpkhScript } from '../../../src/script/templates.ts'
import {
  type Contract,
  contractScript,
  type Htlc,
  scriptPubKeyOf,
  type Vault,
} from '../../../src/wallet/contracts/contract.ts'
import {
  type ContractPath,
  claimPath,
  refundPath,
  revealedPreimage,
  spendContract,
  vaultPath,
} from '../../../src/wallet/contracts/contract-spend.ts'
import type { TimeLock } from '../../../src/wallet/contracts/time-lock.ts'
import { NOBLE_CURVE } from '../../../src/wallet/curve.ts'
import { testKey } from '../../support/key.ts'
import { createTestChain, DEV } from '../../support/test-chain.ts'

const [alice, bob] = [testKey('alice'), testKey('bob')]
const PREIMAGE = new Uint8Array(32).fill(7)
const TO = p2wpkhScript(new Uint8Array(20).fill(9))

const vault = (lock: TimeLock): Vault => ({ kind: 'vault', publicKey: alice.publicKey, lock })
const htlc = (lock: TimeLock): Htlc => ({
  kind: 'htlc',
  hash: sha256(PREIMAGE),
  recipient: bob.publicKey,
  refund: alice.publicKey,
  lock,
})

/** A chain at height `DEV.maturity + 1` whose first block pays to the contract; its coin can be spent. */
async function funded(contract: Contract) {
  const { chain, mine, mineMany } = await createTestChain()
  const scriptPubKey = scriptPubKeyOf(contractScript(contract))
  await mine({ scriptPubKey })
  await mineMany(DEV.maturity)
  const coins = await chain.coinsOfScript(scriptPubKey)
  expect(coins).toHaveLength(1)
  return {
    coins,
    mineMany,
    spend: (path: ContractPath, secret: Uint8Array) =>
      spendContract({ path, coins, to: TO, feeRate: 2 }, secret, NOBLE_CURVE),
    /** the code of the rule that refuses a block with it; undefined where it is taken */
    offer: (transaction: Transaction, fees: number): Promise<string | undefined> =>
      mine({ transactions: [transaction], fees }).then(
        () => undefined,
        (error: Error) => error.message.split(' ')[0],
      ),
  }
}

const TIP = DEV.maturity + 1

describe('a vault on a chain', () => {
  it('opens in the first block above its height, and in none before', async () => {
    const { spend, offer, mineMany } = await funded(vault({ kind: 'height', value: TIP + 1 }))
    const { transaction, fee, value } = spend(
      vaultPath(vault({ kind: 'height', value: TIP + 1 })),
      alice.secret,
    )
    expect(await offer(transaction, fee)).toBe('transaction-not-final')
    await mineMany(1)
    expect(await offer(transaction, fee)).toBeUndefined()
    expect(value + fee).toBe(DEV.subsidy)
  })

  it('counts blocks from the one that holds the coin', async () => {
    const lock: TimeLock = { kind: 'blocks', value: TIP + 1 }
    const { spend, offer, mineMany } = await funded(vault(lock))
    const { transaction, fee } = spend(vaultPath(vault(lock)), alice.secret)
    expect(await offer(transaction, fee)).toBe('sequence-lock-unmet')
    await mineMany(1)
    expect(await offer(transaction, fee)).toBeUndefined()
  })

  it('does not open for another key, nor for a transaction that says nothing of the lock', async () => {
    const lock: TimeLock = { kind: 'height', value: 5 }
    const { spend, offer } = await funded(vault(lock))
    const path = vaultPath(vault(lock))
    const foreign = spend(path, bob.secret)
    expect(await offer(foreign.transaction, foreign.fee)).toBe('signature-invalid')
    const unlocked = spend({ ...path, lock: undefined }, alice.secret)
    expect(await offer(unlocked.transaction, unlocked.fee)).toBe('lock-time-unmet')
  })
})

describe('a hashed time-lock contract on a chain', () => {
  const lock: TimeLock = { kind: 'height', value: TIP + 1 }

  it('pays the recipient who has the preimage, which everyone can read then', async () => {
    const { spend, offer } = await funded(htlc(lock))
    const { transaction, fee } = spend(claimPath(htlc(lock), PREIMAGE), bob.secret)
    expect(await offer(transaction, fee)).toBeUndefined()
    expect(revealedPreimage(htlc(lock), transaction)).toEqual(PREIMAGE)
  })

  it('pays the funder once the lock has passed, who shows no preimage', async () => {
    const { spend, offer, mineMany } = await funded(htlc(lock))
    const { transaction, fee } = spend(refundPath(htlc(lock)), alice.secret)
    expect(await offer(transaction, fee)).toBe('transaction-not-final')
    await mineMany(1)
    expect(await offer(transaction, fee)).toBeUndefined()
    expect(revealedPreimage(htlc(lock), transaction)).toBeUndefined()
  })

  it('pays nobody who has only half of what it takes', async () => {
    const { spend, offer, mineMany } = await funded(htlc(lock))
    await mineMany(1)
    expect(() => claimPath(htlc(lock), new Uint8Array(32))).toThrow(
      expect.objectContaining({ code: 'preimage-wrong' }),
    )
    const claim = claimPath(htlc(lock), PREIMAGE)
    const attempts: [ContractPath, Uint8Array, string][] = [
      [{ ...claim, items: [new Uint8Array(32), Uint8Array.of(1)] }, bob.secret, 'equal-verify-failed'],
      [{ ...claim, items: [new Uint8Array(31), Uint8Array.of(1)] }, bob.secret, 'equal-verify-failed'],
      [claim, alice.secret, 'signature-invalid'],
      [refundPath(htlc(lock)), bob.secret, 'signature-invalid'],
      [{ ...refundPath(htlc(lock)), lock: undefined }, alice.secret, 'lock-time-unmet'],
    ]
    for (const [path, secret, rule] of attempts) {
      const { transaction, fee } = spend(path, secret)
      expect(await offer(transaction, fee)).toBe(rule)
    }
  })
})

describe('spending a contract', () => {
  const path = vaultPath(vault({ kind: 'height', value: 5 }))

  it('pays its fee rate', async () => {
    const { spend } = await funded(vault({ kind: 'height', value: 5 }))
    const { transaction, fee } = spend(path, alice.secret)
    expect(fee).toBeGreaterThanOrEqual((2 * transaction.weight) / 4)
    expect(fee).toBeLessThanOrEqual((2 * transaction.weight) / 4 + 4)
  })

  it('is refused where nothing lies on it, or the fee leaves nothing', async () => {
    const { coins } = await funded(vault({ kind: 'height', value: 5 }))
    const request = { path, coins, to: TO, feeRate: 2 }
    const codeOf = (run: () => unknown): string => {
      try {
        run()
      } catch (error) {
        return (error as { code: string }).code
      }
      return 'it was made'
    }
    expect(codeOf(() => spendContract({ ...request, coins: [] }, alice.secret, NOBLE_CURVE))).toBe(
      'contract-empty',
    )
    const poor = coins.map(({ outPoint, coin }) => ({ outPoint, coin: { ...coin, value: 400 } }))
    expect(codeOf(() => spendContract({ ...request, coins: poor }, alice.secret, NOBLE_CURVE))).toBe(
      'contract-below-fee',
    )
  })
})
