import { err, ok, type Result } from '../base/result.ts'
import { MAX_MONEY } from '../primitives/money.ts'
import { encodeCompact, targetOfBits } from '../primitives/target.ts'
import { BUILT_IN_NETWORKS, isBuiltInNetwork } from './networks.ts'
import type { NetworkDefinition } from './parameters.ts'

/** What is wrong with a custom network's JSON: the key, and what it may be. */
export interface DefinitionError {
  readonly key: string
  readonly message: string
}

const MAX_SECONDS = 10 * 365 * 86_400

type Check = (value: unknown) => boolean
interface Field {
  readonly check: Check
  readonly allowed: string
  /** taken where the file leaves the key out; undefined where it must be there */
  readonly fallback?: unknown
}

const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
const text =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

const isBits: Check = (value) =>
  (typeof value === 'string' &&
    /^[0-9a-fA-F]{8}$/.test(value) &&
    targetOfBits(Number.parseInt(value, 16)) !== undefined) ||
  whole(1, 63)(value)

const FIELDS: Readonly<Record<string, Field>> = {
  name: {
    check: (value) => text(/^[a-z][a-z0-9-]{0,31}$/)(value) && !isBuiltInNetwork(value as string),
    allowed: 'a new name of 1 to 32 lower-case letters, digits and hyphens that begins with a letter',
  },
  prefix: {
    check: text(/^[a-z]{1,16}$/),
    allowed: '1 to 16 lower-case letters',
  },
  spacing: {
    check: orNull(whole(1, 86_400)),
    allowed: 'seconds from 1 to 86,400, or null for a fixed difficulty',
    fallback: 30,
  },
  halfLife: {
    check: orNull(whole(1, MAX_SECONDS)),
    allowed: 'seconds from 1, or null with a null spacing',
    fallback: 3600,
  },
  limit: {
    check: isBits,
    allowed: 'a compact target of 8 hex digits such as "1e00ffff", or a number of leading zero hex digits',
    fallback: '207fffff',
  },
  difficulty: {
    check: isBits,
    allowed: 'a compact target of 8 hex digits such as "1e00ffff", or a number of leading zero hex digits',
  },
  futureLimit: { check: whole(1, MAX_SECONDS), allowed: 'seconds from 1', fallback: 300 },
  gapCap: {
    check: orNull(whole(1, MAX_SECONDS)),
    allowed: 'seconds from 1, or null for pure aserti3-2d',
    fallback: 7200,
  },
  maturity: { check: whole(1, 1_000_000), allowed: 'blocks from 1 to 1,000,000', fallback: 100 },
  halving: { check: whole(1, 1_000_000_000), allowed: 'blocks from 1', fallback: 2_100_000 },
  subsidy: {
    check: whole(0, MAX_MONEY),
    allowed: `base units from 0 to ${MAX_MONEY}`,
    fallback: 500_000_000,
  },
  genesisTime: {
    check: whole(0, 0xffff_ffff),
    allowed: 'Unix seconds',
    fallback: BUILT_IN_NETWORKS.main.genesisTime,
  },
}

/** The compact target that `value` writes as hex or as a number of leading zero hex digits of the hash. */
function bitsOf(value: string | number): number {
  if (typeof value === 'string') return Number.parseInt(value, 16)
  return encodeCompact((1n << BigInt(256 - 4 * value)) - 1n)
}

/**
 * Reads a custom network's definition from parsed JSON. Keys: name, prefix, difficulty (of the first blocks; the limit
 * where it is left out), and optionally spacing, halfLife, limit, futureLimit, gapCap, maturity, halving, subsidy,
 * genesisTime.
 */
export function parseNetworkDefinition(json: unknown): Result<NetworkDefinition, DefinitionError> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return err({ key: '', message: 'a network is a JSON object' })
  const given = json as Record<string, unknown>
  for (const key of Object.keys(given))
    if (!Object.hasOwn(FIELDS, key))
      return err({ key, message: `unknown key; allowed are ${Object.keys(FIELDS).join(', ')}` })

  const values: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(FIELDS)) {
    const value = given[key] ?? (given[key] === null ? null : field.fallback)
    const optional = key === 'difficulty' && given[key] === undefined
    if (!optional && !field.check(value))
      return err({ key, message: `${JSON.stringify(value) ?? 'missing'}: has to be ${field.allowed}` })
    values[key] = value
  }
  const { limit, difficulty, ...rest } = values
  if (rest.spacing === null) {
    rest.halfLife = null
    rest.gapCap = null
  }
  const limitBits = bitsOf(limit as string | number)
  const definition = {
    ...rest,
    limitBits,
    initialBits: difficulty === undefined ? limitBits : bitsOf(difficulty as string | number),
  } as NetworkDefinition
  return checkTogether(definition)
}

/** What no single key can show. */
function checkTogether(definition: NetworkDefinition): Result<NetworkDefinition, DefinitionError> {
  const { spacing, halfLife, limitBits, initialBits, subsidy, halving } = definition
  if (spacing !== null && halfLife === null)
    return err({ key: 'halfLife', message: 'null goes only with a null spacing' })
  if (targetOfBits(initialBits)! > targetOfBits(limitBits)!)
    return err({ key: 'difficulty', message: 'easier than `limit` allows' })
  // A halving subsidy adds up to less than twice its first period.
  if (subsidy * halving * 2 > MAX_MONEY)
    return err({
      key: 'subsidy',
      message: `${subsidy} base units halved every ${halving} blocks could add up to more than ${MAX_MONEY}`,
    })
  return ok(definition)
}

/** The JSON that `parseNetworkDefinition` reads as this definition. */
export function networkDefinitionJson(definition: NetworkDefinition): Record<string, unknown> {
  const { limitBits, initialBits, name, prefix, ...rest } = definition
  const hex = (bits: number): string => bits.toString(16).padStart(8, '0')
  // Only what its definition consists of: parameters carry more.
  const { spacing, halfLife, futureLimit, gapCap, maturity, halving, subsidy, genesisTime } = rest
  return {
    name,
    prefix,
    difficulty: hex(initialBits),
    limit: hex(limitBits),
    spacing,
    halfLife,
    futureLimit,
    gapCap,
    maturity,
    halving,
    subsidy,
    genesisTime,
  }
}
