/** Fee rates are told apart by steps of a tenth, from 1 to 10,000 base units a virtual byte. */
const STEP = 1.1
const HIGHEST_RATE = 10_000

export const FEE_BUCKETS = Math.ceil(Math.log(HIGHEST_RATE) / Math.log(STEP)) + 1

/** Which bucket a fee rate, in base units a virtual byte, belongs to: 0 for the lowest. */
export const feeBucket = (feeRate: number): number =>
  feeRate <= 1 ? 0 : Math.min(FEE_BUCKETS - 1, Math.floor(Math.log(feeRate) / Math.log(STEP)))
