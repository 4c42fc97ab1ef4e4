import { compactSizeLength } from '../base/writer.ts'
import { outputSize, type TxOutput, virtualSize } from '../primitives/transaction.ts'

/** Outpoint, an empty script and a sequence. */
export const INPUT_BASE_BYTES = 41

/**
 * Weight of an input that spends P2WPKH (BIP141): 41 bytes that count four times; then the stack's count, a signature
 * of at most 72 bytes (low-S DER and the hash type) and a public key of 33, each with its length.
 */
export const INPUT_WEIGHT = 4 * INPUT_BASE_BYTES + 1 + (1 + 72) + (1 + 33)

/** Version, lock time, marker and flag (BIP144). */
const FRAME_WEIGHT = 4 * 8 + 2

/** Bitcoin Core's rule: worth less than spending it would cost at this rate, in base units per virtual byte. */
const DUST_RATE = 3
/** Bitcoin Core's size of the input that spends a witness output, in virtual bytes, for the same rule. */
const DUST_SPEND_BYTES = 67

/** The least value in base units that is not dust: 294 for P2WPKH, 330 for P2WSH. */
export const dustThreshold = (output: TxOutput): number => DUST_RATE * (outputSize(output) + DUST_SPEND_BYTES)

/** The fee in base units for a size in virtual bytes, rounded up; `rate` counts in thousandths. */
export const feeOf = (size: number, rate: number): number =>
  Math.ceil((Math.round(rate * 1000) * size) / 1000)

/** The most that a transaction with so many inputs and these outputs can weigh; the inputs are P2WPKH unless told. */
export function paymentWeight(
  inputs: number,
  outputs: readonly TxOutput[],
  inputWeight = INPUT_WEIGHT,
): number {
  const counts = compactSizeLength(inputs) + compactSizeLength(outputs.length)
  const size = outputs.reduce((sum, output) => sum + outputSize(output), counts)
  return FRAME_WEIGHT + 4 * size + inputWeight * inputs
}

/** What some outputs cost, whatever pays for them. */
export interface OutputCosts {
  /** base units that they hold */
  readonly paid: number
  /** what so many P2WPKH inputs have to be worth for the outputs and the fee; the outputs are not looked at again */
  cost(inputs: number): number
}

/** @param feeRate - base units per virtual byte */
export function outputCosts(outputs: readonly TxOutput[], feeRate: number): OutputCosts {
  const paid = outputs.reduce((sum, output) => sum + output.value, 0)
  const bare = paymentWeight(0, outputs) - 4 * compactSizeLength(0)
  return {
    paid,
    cost: (inputs) =>
      paid + feeOf(virtualSize(bare + 4 * compactSizeLength(inputs) + INPUT_WEIGHT * inputs), feeRate),
  }
}
