import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../../src/base/bytes.ts'
import type { SingleCheck } from '../../src/script/signature-check.ts'
import { testKey } from './key.ts'
import { bytes32, goodCheck, HALF_ORDER, malleated, N, P } from './signature-checks.ts'

const { Point } = secp256k1
const { BASE, Fn, Fp } = Point
type CurvePoint = typeof BASE

interface Edge {
  readonly name: string
  readonly check: SingleCheck
  readonly holds: boolean
}

const right = (name: string, check: SingleCheck): Edge => ({ name, check, holds: true })
const wrong = (name: string, check: SingleCheck): Edge => ({ name, check, holds: false })

const single = (publicKey: Uint8Array, e: bigint, r: bigint, s: bigint): SingleCheck => ({
  kind: 'single',
  publicKey,
  digest: bytes32(e),
  signature: concatBytes(bytes32(r), bytes32(s)),
})

const xOf = (point: CurvePoint): bigint => point.toAffine().x

/** s or its negative, whichever is in the lower half. */
const low = (s: bigint): bigint => (s > HALF_ORDER ? Fn.neg(s) : s)

/** e, r and s for which the verifier computes aG + bQ: nobody needs the secret of Q to make up a digest as well. */
function forge(q: CurvePoint, a: bigint, b: bigint): readonly [e: bigint, r: bigint, s: bigint] {
  const r = Fn.create(xOf(a === 0n ? q.multiply(b) : BASE.multiply(a).add(q.multiply(b))))
  const s = Fn.div(r, b)
  return [Fn.mul(a, s), r, low(s)]
}

/** The key by which (r, s) is a signature of e, where r is the x coordinate of `point` modulo the order. */
function recover(point: CurvePoint, e: bigint, s: bigint): Uint8Array {
  const r = Fn.create(xOf(point))
  const q = point.multiply(s).subtract(BASE.multiply(e)).multiply(Fn.inv(r))
  return q.toBytes(true)
}

/** The first point whose x coordinate is at least so much. */
function pointFrom(least: bigint): CurvePoint {
  for (let x = least; ; x++) {
    try {
      return Point.fromBytes(concatBytes(Uint8Array.of(2), bytes32(x)))
    } catch {
      // no point has this x
    }
  }
}

/** r and s by which `secret` signs e. */
function sign(secret: Uint8Array, e: bigint): readonly [r: bigint, s: bigint] {
  const nonce = 21n
  const r = Fn.create(xOf(BASE.multiply(nonce)))
  return [r, low(Fn.div(Fn.add(e, Fn.mul(r, Fn.fromBytes(secret))), nonce))]
}

const good = goodCheck('edge')
const { secret, publicKey } = testKey('edge')
const point = Point.fromBytes(publicKey)
/** The good check with another key. */
const withKey = (key: Uint8Array): SingleCheck => ({ ...good, publicKey: key })
const keyWith = (prefix: number, x: bigint): Uint8Array => concatBytes(Uint8Array.of(prefix), bytes32(x))

function* keys(): Iterable<Edge> {
  const x = xOf(point)
  yield right('a good signature', good)
  yield wrong('the negated key', withKey(point.negate().toBytes(true)))
  for (const prefix of [0, 1, 4, 5, 6, 7, 0x82, 0xff])
    yield wrong(`the key with prefix ${prefix}`, withKey(keyWith(prefix, x)))
  const uncompressed = point.toBytes(false)
  const hybrid = Uint8Array.of(6 + (uncompressed[64]! & 1), ...uncompressed.subarray(1))
  yield wrong('the uncompressed key', withKey(uncompressed))
  yield wrong('the hybrid key', withKey(hybrid))
  yield wrong('the key without its prefix', withKey(bytes32(x)))
  yield wrong('a key with a byte too many', withKey(Uint8Array.of(...publicKey, 0)))
  yield wrong('an empty key', withKey(new Uint8Array(0)))
  yield wrong('a key of zeros', withKey(new Uint8Array(33)))
  yield wrong('a key that is on no curve', withKey(keyWith(2, 5n)))
  yield wrong('a key with x = 0', withKey(keyWith(2, 0n)))
  yield wrong('a key with x = p', withKey(keyWith(2, P)))
  yield wrong('a key with the greatest x', withKey(keyWith(3, 2n ** 256n - 1n)))

  const small = pointFrom(1n)
  const forged = forge(small, 3n, 5n)
  yield right('a key with a small x', single(small.toBytes(true), ...forged))
  yield wrong('the same key with x + p for x', single(keyWith(2, xOf(small) + P), ...forged))
}

function* numbers(): Iterable<Edge> {
  const [r, s] = [good.signature.subarray(0, 32), good.signature.subarray(32)]
  const signed = (...parts: Uint8Array[]): SingleCheck => ({ ...good, signature: concatBytes(...parts) })
  yield wrong('s in the upper half', malleated(good))
  for (const [name, value] of [
    ['0', 0n],
    ['1', 1n],
    ['the order', N],
    ['the order + 1', N + 1n],
    ['the order - 1', N - 1n],
    ['p', P],
    ['the greatest number', 2n ** 256n - 1n],
  ] as const) {
    const number = bytes32(value)
    yield wrong(`r = ${name}`, signed(number, s))
    yield wrong(`s = ${name}`, signed(r, number))
    yield wrong(`r = s = ${name}`, signed(number, number))
  }
  yield wrong('r and s swapped', signed(s, r))
  yield wrong('a signature cut short', signed(r, s.subarray(1)))
  yield wrong('a signature with a byte too many', signed(r, s, Uint8Array.of(0)))
  yield wrong('a digest cut short', { ...good, digest: good.digest.subarray(1) })

  const nonce = BASE.multiply(7n)
  const withS = (value: bigint): SingleCheck =>
    single(recover(nonce, 11n, value), 11n, Fn.create(xOf(nonce)), value)
  yield right('s = 1 where that is right', withS(1n))
  yield right('the greatest s of the lower half', withS(HALF_ORDER))
  yield wrong('the least s of the upper half', withS(HALF_ORDER + 1n))

  const beyond = pointFrom(N + 1n)
  const key = recover(beyond, 13n, 17n)
  const withR = (value: bigint): SingleCheck => single(key, 13n, value, 17n)
  yield right('r that is the x coordinate less the order', withR(xOf(beyond) - N))
  yield wrong('r that is the x coordinate above the order', withR(xOf(beyond)))
  yield wrong('r that is one more', withR(xOf(beyond) - N + 1n))
}

function* digests(): Iterable<Edge> {
  const [zero, r, s] = forge(point, 0n, 9n)
  yield right('a digest of zeros', single(publicKey, zero, r, s))
  yield right('a digest that is the order', single(publicKey, N, r, s))
  yield wrong('a digest of 1 for one of 0', single(publicKey, 1n, r, s))
  const top = 2n ** 256n - 1n
  const signed = sign(secret, 5n)
  yield right('a small digest', single(publicKey, 5n, ...signed))
  yield right('a digest above the order', single(publicKey, 5n + N, ...signed))
  yield right('a digest of ones', single(publicKey, top, ...sign(secret, Fn.create(top))))
}

function* sums(): Iterable<Edge> {
  const negated = BASE.negate()
  const toInfinity = Fn.neg(Fn.mul(3n, Fn.fromBytes(secret)))
  yield wrong('a sum at infinity', single(publicKey, toInfinity, 3n, 19n))
  yield wrong('G and -G that cancel out', single(negated.toBytes(true), 6n, 6n, 1n))
  // beta is a cube root of 1: with (x, y) also (beta x, y) is on the curve, which implementations make use of
  const beta = 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een
  const image = Point.fromAffine({ x: Fp.mul(beta, xOf(BASE)), y: BASE.toAffine().y })
  for (const [name, q] of [
    ['G', BASE],
    ['-G', negated],
    ['2 G', BASE.double()],
    ['the endomorphism of G', image],
    ['a key', point],
  ] as const)
    for (const [sum, a, b] of [
      ['6 G + 6', 6n, 6n],
      ['12 G + 6', 12n, 6n],
      ['6 G + 12', 6n, 12n],
      ['-2 G + 1', N - 2n, 1n],
      ['G - 3', 1n, N - 3n],
      ['2^128 G + (2^128 + 1)', 2n ** 128n, 2n ** 128n + 1n],
    ] as const) {
      const atInfinity = BASE.multiply(a).equals(q.multiply(b).negate())
      if (!atInfinity) yield right(`${sum} of ${name}`, single(q.toBytes(true), ...forge(q, a, b)))
    }
}

/** Signatures at the edges of the arithmetic, each with what has to be said of it. */
export const SIGNATURE_EDGES: readonly Edge[] = [...keys(), ...numbers(), ...digests(), ...sums()]
