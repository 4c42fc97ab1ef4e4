/** FIPS 180-4, 4.2.2 and 5.3.3: SHA-256's constants, from the primes that define them. */

const primes: bigint[] = []
for (let n = 2n; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n)

/** The first 32 bits of the fraction of the `degree`-th root of `n`. */
function rootFraction(n: bigint, degree: bigint): number {
  const scaled = n << (32n * degree)
  let low = 0n
  let high = n << 32n
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** degree <= scaled) low = middle
    else high = middle - 1n
  }
  return Number(low & 0xffff_ffffn)
}

/** The 64 round constants K. */
export const ROUND_CONSTANTS: readonly number[] = primes.map((prime) => rootFraction(prime, 3n))

/** The initial hash value H(0): eight words. */
export const INITIAL_STATE: readonly number[] = primes.slice(0, 8).map((prime) => rootFraction(prime, 2n))
