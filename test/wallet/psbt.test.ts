import { base64 } from '@scure/base'
import { PSBTCombine, Transaction as Psbt, SigHash } from '@scure/btc-signer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeAddress } from '../../src/script/address.ts'
import { p2wpkhScript } from '../../src/script/templates.ts'
import { contractScript, type Multisig, scriptPubKeyOf } from '../../src/wallet/contracts/contract.ts'
import {
  combinePsbts,
  finalizePsbt,
  MAX_PSBT_BYTES,
  type PartialTransaction,
  parsePsbt,
  psbtOfPlan,
  psbtOfScript,
  signPsbt,
} from '../../src/wallet/psbt.ts'
import { testKey } from '../support/key.ts'
import VECTORS from './bip174-vectors.json' with { type: 'json' }
import { coinOn, sourceOf, testWallet } from './support.ts'

const recipientScript = p2wpkhScript(new Uint8Array(20).fill(9))
const recipient = encodeAddress(recipientScript, 'dcrn')!
const bob = testKey('bob')

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run()
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
  return undefined
}

/** A wallet with two coins, and a payment of both that is not signed. */
async function planned() {
  const wallet = await testWallet()
  const account = wallet.account()
  const own = [
    coinOn(account.address(0).scriptPubKey, 30_000),
    coinOn(account.address(3).scriptPubKey, 20_000),
  ]
  const coins = await account.scan(sourceOf(own))
  const plan = account.plan({ to: [{ address: recipient, value: 40_000 }], feeRate: 1, coins })
  const unlocked = await wallet.unlock('secret')
  const sign = (psbt: PartialTransaction) => signPsbt(psbt, account.find, unlocked.privateKey)
  return { account, plan, unlocked, sign, psbt: psbtOfPlan(plan, account.key) }
}

/** Two of three keys: one is the wallet's, one Bob's. */
async function shared() {
  const { account, sign, unlocked } = await planned()
  const publicKeys = [account.address(5).publicKey, bob.publicKey, testKey('carol').publicKey]
  const contract: Multisig = { kind: 'multisig', required: 2, publicKeys }
  const witnessScript = contractScript(contract)
  const coin = coinOn(scriptPubKeyOf(witnessScript), 50_000)
  const outputs = [{ value: 49_000, scriptPubKey: recipientScript }]
  return { sign, unlocked, witnessScript, psbt: psbtOfScript({ witnessScript, coins: [coin], outputs }) }
}

describe('PSBT of a plan', () => {
  it('says what it spends, whom it pays, where the keys come from, and what it costs', async () => {
    const { psbt, plan } = await planned()
    expect(psbt).toMatchObject({ fee: plan.fee, lockTime: 0 })
    expect(psbt.inputs.map(({ spent }) => spent?.value).toSorted()).toEqual([20_000, 30_000])
    expect(psbt.outputs).toEqual(plan.outputs)
    const input = Psbt.fromPSBT(psbt.bytes).getInput(0)
    const [[, origin]] = input.bip32Derivation as [[Uint8Array, { fingerprint: number; path: number[] }]]
    expect(origin.fingerprint).toBe(0x73c5da0a)
    expect(origin.path.slice(0, 4)).toEqual([84 + 2 ** 31, 1 + 2 ** 31, 2 ** 31, 0])
  })

  it('becomes, once signed, the payment that the wallet signs itself', async () => {
    const { psbt, plan, sign, unlocked } = await planned()
    const signed = sign(psbt)
    expect(signed.signatures).toBe(2)
    expect(finalizePsbt(signed.psbt).bytes).toEqual(unlocked.sign(plan).transaction.bytes)
  })

  it('is signed once: another round adds nothing', async () => {
    const { psbt, sign } = await planned()
    const once = sign(psbt).psbt
    expect(sign(once)).toMatchObject({ signatures: 0 })
  })
})

describe('PSBT between two tools', () => {
  it('of ours is signed and finalised by btc-signer', async () => {
    const { psbt, plan, unlocked } = await planned()
    const theirs = Psbt.fromPSBT(psbt.bytes)
    for (const [index, { owner }] of plan.spent.entries()) theirs.signIdx(unlocked.privateKey(owner), index)
    theirs.finalize()
    expect(theirs.id).toBe(unlocked.sign(plan).transaction.txid)
    expect(finalizePsbt(parsePsbt(theirs.toPSBT())).txid).toBe(theirs.id)
  })

  it('of btc-signer is signed by the wallet: the inputs that are its own, and no others', async () => {
    const { account, sign } = await planned()
    const theirs = new Psbt()
    const spends = (script: Uint8Array, fill: number) =>
      theirs.addInput({
        txid: new Uint8Array(32).fill(fill),
        index: 0,
        witnessUtxo: { script, amount: 10_000n },
      })
    spends(bob.scriptPubKey, 1)
    spends(account.address(7).scriptPubKey, 2)
    theirs.addOutput({ script: recipientScript, amount: 19_000n })
    const signed = sign(parsePsbt(theirs.toPSBT()))
    expect(signed.signatures).toBe(1)
    expect(signed.psbt.inputs.map(({ signedBy }) => signedBy.length)).toEqual([0, 1])
    expect(codeOf(() => finalizePsbt(signed.psbt))).toBe('psbt-incomplete')

    theirs.signIdx(bob.secret, 0)
    const both = combinePsbts([signed.psbt, parsePsbt(theirs.toPSBT())])
    expect(finalizePsbt(both).inputs).toHaveLength(2)
  })

  it('of two of three keys takes both signatures, in whatever order they come together', async () => {
    const { psbt, sign } = await shared()
    const ours = sign(psbt).psbt
    expect(codeOf(() => finalizePsbt(ours))).toBe('psbt-incomplete')
    const theirs = Psbt.fromPSBT(psbt.bytes)
    theirs.signIdx(bob.secret, 0)
    const their = parsePsbt(theirs.toPSBT())
    const [one, other] = [combinePsbts([ours, their]), combinePsbts([their, ours])]
    expect(finalizePsbt(one).bytes).toEqual(finalizePsbt(other).bytes)
    const combined = Psbt.fromPSBT(PSBTCombine([ours.bytes, their.bytes]))
    combined.finalize()
    expect(combined.id).toBe(finalizePsbt(one).txid)
  })
})

describe('a PSBT that was tampered with', () => {
  it('is refused where the amount of a coin is not the one that was signed for', async () => {
    const { psbt, sign } = await planned()
    const changed = Psbt.fromPSBT(sign(psbt).psbt.bytes)
    const { witnessUtxo } = changed.getInput(0)
    changed.updateInput(0, { witnessUtxo: { ...witnessUtxo!, amount: witnessUtxo!.amount + 5_000n } }, true)
    expect(codeOf(() => finalizePsbt(parsePsbt(changed.toPSBT())))).toBe('psbt-signature-invalid')
  })

  it('is refused where an output was changed after it was signed', async () => {
    const { psbt, sign } = await planned()
    const signed = sign(psbt).psbt
    const changed = Psbt.fromPSBT(signed.bytes)
    changed.updateOutput(0, { amount: 1_000n }, true)
    const partial = parsePsbt(changed.toPSBT())
    expect(codeOf(() => finalizePsbt(partial))).toBe('psbt-signature-invalid')
    expect(codeOf(() => combinePsbts([signed, partial]))).toBe('psbt-mismatch')
  })

  it('is not signed where it asks for a signature that leaves the outputs open', async () => {
    const { psbt, sign } = await planned()
    for (const sighashType of [SigHash.NONE, SigHash.SINGLE, SigHash.ALL_ANYONECANPAY]) {
      const changed = Psbt.fromPSBT(psbt.bytes)
      changed.updateInput(0, { sighashType })
      expect(codeOf(() => sign(parsePsbt(changed.toPSBT())))).toBe('psbt-sign-failed')
    }
  })

  it('is not signed where the script is not the one that the coin is on', async () => {
    const { psbt, witnessScript } = await shared()
    const bytes = Buffer.from(psbt.bytes)
    const at = bytes.indexOf(witnessScript)
    bytes.fill(0xab, at + 5, at + 20)
    expect(codeOf(() => parsePsbt(Uint8Array.from(bytes)))).toBe('psbt-invalid')
  })

  it('that pays more than it spends is none', async () => {
    const theirs = new Psbt()
    theirs.addInput({
      txid: new Uint8Array(32),
      index: 0,
      witnessUtxo: { script: bob.scriptPubKey, amount: 10_000n },
    })
    theirs.addOutput({ script: recipientScript, amount: 10_001n })
    expect(codeOf(() => parsePsbt(theirs.toPSBT()))).toBe('psbt-invalid')
  })

  it('is a named error, whatever was done to its bytes', async () => {
    const { psbt, sign } = await planned()
    const { bytes } = sign(psbt).psbt
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes)
        changed[at]! ^= flip
        const code = codeOf(() => finalizePsbt(parsePsbt(changed)))
        expect(code ?? 'unnoticed').toMatch(/^psbt-|^unnoticed$/)
        // What is not signed may change: the origin of a key. What is paid may not.
        if (code === undefined)
          expect(finalizePsbt(parsePsbt(changed)).bytes).toEqual(finalizePsbt(parsePsbt(bytes)).bytes)
      }),
      { numRuns: 60 },
    )
    for (const length of [0, 4, 5, 40, bytes.length - 1])
      expect(codeOf(() => parsePsbt(bytes.subarray(0, length)))).toBe('psbt-invalid')
    expect(codeOf(() => parsePsbt(new Uint8Array(MAX_PSBT_BYTES + 1)))).toBe('psbt-invalid')
  })
})

describe("BIP174's vectors", () => {
  it.each(VECTORS.invalid)('refuse: $case', ({ base64: text }) => {
    expect(codeOf(() => parsePsbt(base64.decode(text)))).toBe('psbt-invalid')
  })

  it.each(VECTORS.valid)('take: $case', ({ base64: text }) => {
    const parsed = parsePsbt(base64.decode(text))
    expect(parsePsbt(parsed.bytes)).toEqual(parsed)
  })

  it.each(VECTORS.combine)('combine two into one', ({ parts, combined }) => {
    const result = combinePsbts(parts.map((part) => parsePsbt(base64.decode(part))))
    // in one order of the keys: BIP174 leaves it open
    expect(base64.encode(result.bytes)).toBe(base64.encode(parsePsbt(base64.decode(combined)).bytes))
  })

  it.each(VECTORS.unsignable)('are not signed: $case', async ({ base64: text }) => {
    const { sign } = await planned()
    const code = codeOf(() => {
      if (sign(parsePsbt(base64.decode(text))).signatures === 0) throw new Error('nothing of ours')
    })
    expect(code).toMatch(/^psbt-|nothing of ours/)
  })
})

it('names coins as the chain does', async () => {
  const { psbt, plan } = await planned()
  const names = psbt.inputs.map(({ txid, vout }) => `${txid}:${vout}`)
  expect(names).toEqual(plan.spent.map(({ outPoint }) => `${outPoint.txid}:${outPoint.vout}`))
})
